import type { DriftEntry, Table } from '@santokit/contract';
import { nativeType } from '../type-map.ts';
import type { Change, NamedForeignKey } from './change.ts';
import { rulesText } from './check-rules.ts';
import { liveDefaultSql, writeDefault } from './default-expression.ts';
import { diffSchema } from './diff-schema.ts';
import type { LiveCheck, LiveForeignKey, LiveSchema } from './live-schema.ts';
import { scheduledSteps } from './plan-schema.ts';
import type { SchemaStep } from './schema-plan.ts';

export interface DriftOptions {
  /** The declared tables of the connection. */
  readonly declared: readonly Table[];
  readonly live: LiveSchema;
  readonly connection: string;
  /** Steps that are still to be taken: what they will change is no drift. Default: none. */
  readonly pending?: readonly SchemaStep[];
}

/** Every difference between declared tables and the live ones; empty exactly when the plan of the same tables is. */
export function findDrift(options: DriftOptions): DriftEntry[] {
  const { connection, pending = [] } = options;
  const changes = diffSchema({ declared: options.declared, live: options.live });
  const expected = new Set(pending.map(idOf));
  const unexpected =
    pending.length === 0
      ? changes
      : scheduledSteps(changes, connection).flatMap(({ change, step }) => (expected.has(idOf(step)) ? [] : [change]));
  return unexpected.map((change) => ({ connection, table: change.table, ...difference(change) }));
}

function idOf({ schema, table, sql }: SchemaStep): string {
  return JSON.stringify([schema, table, sql]);
}

type Difference = Pick<DriftEntry, 'what' | 'expected' | 'actual'>;

function difference(change: Change): Difference {
  switch (change.kind) {
    case 'create_schema':
      return { what: 'schema', expected: change.schema, actual: null };
    case 'create_table':
      return { what: 'table', expected: change.table, actual: null };
    case 'rename_table':
      return { what: 'table', expected: change.table, actual: change.from };
    case 'drop_table':
      return { what: 'table', expected: null, actual: change.table };
    case 'not_a_table':
      return { what: 'table', expected: 'table', actual: change.actual };
    case 'missing_view':
      return { what: 'view', expected: change.table, actual: null };
    case 'not_a_view':
      return { what: 'view', expected: 'view', actual: change.actual };
    case 'change_view_column':
      return { what: `column ${change.column}`, expected: change.expected, actual: change.actual };
    case 'two_collations': {
      const { column, collation, to } = change;
      return {
        what: `collation of ${column}`,
        expected: `${to.collation}, as ${to.table}.${to.column}`,
        actual: collation,
      };
    }
    case 'change_key':
      return { what: 'primary key', expected: change.expected.join(', '), actual: change.actual.join(', ') || null };
    case 'create_index':
      return { what: `index ${change.index.name}`, expected: indexText(change.index), actual: null };
    case 'drop_index':
      return { what: `index ${change.index.name}`, expected: null, actual: indexText(change.index) };
    case 'add_foreign_key':
      return { what: `foreign key of ${change.key.column}`, expected: keyText(change.key), actual: null };
    case 'replace_foreign_key':
      return {
        what: `foreign key of ${change.key.column}`,
        expected: keyText(change.key),
        actual: liveKeyText(change.live),
      };
    case 'validate_foreign_key':
      return { what: `foreign key of ${change.key.column}`, expected: 'validated', actual: 'not validated' };
    case 'drop_foreign_key':
      return {
        what: `foreign key of ${change.live.columns.join(', ')}`,
        expected: null,
        actual: liveKeyText(change.live),
      };
    case 'add_check': {
      const { check, replaced } = change;
      const texts = replaced.map(checkText);
      return {
        what: `check of ${check.column.name}`,
        expected: rulesText(check.rules),
        actual: texts.join('; ') || null,
      };
    }
    case 'validate_check':
      return { what: `check of ${change.check.column.name}`, expected: 'validated', actual: 'not validated' };
    case 'drop_check':
      return { what: `check of ${change.live.column}`, expected: null, actual: checkText(change.live) };
    case 'change_comment': {
      const what = change.column === undefined ? 'description' : `description of ${change.column}`;
      return { what, expected: change.description || null, actual: change.actual ?? null };
    }
    default:
      return columnDifference(change);
  }
}

type ColumnChange = Extract<
  Change,
  {
    readonly kind:
      | 'rename_column'
      | 'add_column'
      | 'drop_column'
      | 'change_type'
      | 'set_not_null'
      | 'drop_not_null'
      | 'change_default'
      | 'add_generator'
      | 'change_generated'
      | 'drop_leftover_check'
      | 'drop_unfinished';
  }
>;

function columnDifference(change: ColumnChange): Difference {
  switch (change.kind) {
    case 'rename_column':
      return { what: `column ${change.column}`, expected: change.column, actual: change.from };
    case 'add_column':
      return { what: `column ${change.column.name}`, expected: nativeType(change.column), actual: null };
    case 'drop_column':
      return { what: `column ${change.live.name}`, expected: null, actual: change.live.type };
    case 'change_type':
      return { what: `type of ${change.column.name}`, expected: nativeType(change.column), actual: change.live.type };
    case 'set_not_null':
      return { what: `nullability of ${change.column}`, expected: 'not null', actual: 'nullable' };
    case 'drop_not_null':
      return { what: `nullability of ${change.column}`, expected: 'nullable', actual: 'not null' };
    case 'change_default': {
      const { column, live } = change;
      const expected = column.default?.kind === 'native' ? column.default.sql : writeDefault(column);
      return { what: `default of ${column.name}`, expected: expected ?? null, actual: liveDefaultSql(live) ?? null };
    }
    case 'add_generator':
      return {
        what: `generation of ${change.column.name}`,
        expected: 'auto_increment',
        actual: liveDefaultSql(change.live) ?? null,
      };
    case 'change_generated': {
      const text = (isReadOnly: boolean) => (isReadOnly ? 'written by the database alone' : 'an ordinary column');
      const isReadOnly = change.column.readOnly === true;
      return { what: `generation of ${change.column.name}`, expected: text(isReadOnly), actual: text(!isReadOnly) };
    }
    case 'drop_leftover_check':
      return { what: `check ${change.name}`, expected: null, actual: `${change.column} is not null` };
    case 'drop_unfinished': {
      const { source, column, trigger } = change.unfinished;
      return { what: `change of ${source ?? column?.name ?? trigger}`, expected: null, actual: 'interrupted' };
    }
  }
}

function indexText(index: {
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly where?: string;
}): string {
  const where = index.where === undefined ? '' : ` where ${index.where}`;
  return `${index.unique ? 'unique ' : ''}(${index.columns.join(', ')})${where}`;
}

function checkText(check: LiveCheck): string {
  return check.rules === undefined ? 'something else' : rulesText(check.rules);
}

function keyText(key: NamedForeignKey): string {
  const { column, onDelete, onUpdate } = key.reference;
  return `${key.target.table} (${column}), on delete ${onDelete}, on update ${onUpdate}`;
}

function liveKeyText(key: LiveForeignKey): string {
  return `${key.target.table} (${key.target.columns.join(', ')}), on delete ${key.onDelete}, on update ${key.onUpdate}`;
}
