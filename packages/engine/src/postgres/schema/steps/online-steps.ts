import { OWN_SCHEMA } from '@santokit/contract';
import { nativeType } from '../../type-map.ts';
import type { ChangeOf, Fill, StandIn } from '../change.ts';
import { writeDefault } from '../default-expression.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import { filledCheckName, fillTriggerName, standInName, triggerFunctionName } from '../object-name.ts';
import type { StatementGroup } from '../schema-plan.ts';
import { newComment } from './comment-step.ts';
import { keepSequences } from './keep-sequences.ts';
import { keepSettings } from './keep-settings.ts';
import { keepViews } from './keep-views.ts';
import { buildStandInIndexes, renameStandInIndexes } from './stand-in-indexes.ts';
import { addStandInKeys, dropReplacedKeys, dropUnfinishedKeys, renameStandInKeys, tablesOf } from './stand-in-keys.ts';
import { brief, LOCKS, long, type StepBody } from './step-body.ts';

/**
 * Steps that give every row of a table a value while reads and writes go on. A trigger fills what is written from the first moment on,
 * batches fill what was there before. Any of their transactions can be the last one of an apply that is killed: taken again, each does
 * what is left to do, and the trigger says that the column is not finished.
 */

/** Adds a column whose default differs from row to row. */
export function fillColumn({ column, ...change }: ChangeOf<'add_column'>, fill: Fill): StatementGroup[] {
  const table = quoteQualified(change.schema, change.table);
  const name = quoteIdentifier(column.name);
  const value = writeDefault(column) ?? 'NULL';
  const trigger = new FillTrigger(
    table,
    fillTriggerName(column.name),
    triggerFunctionOf(change, fillTriggerName(column.name)),
  );
  const alter = `ALTER TABLE ${table}`;
  return [
    brief(
      ...ownSchema(fill),
      `${alter} ADD COLUMN IF NOT EXISTS ${name} ${nativeType(column)}`,
      `${alter} ALTER COLUMN ${name} SET DEFAULT ${value}`,
      ...trigger.create(`NEW.${name} := ${value}`, ` WHEN (NEW.${name} IS NULL)`),
      ...newComment(change, column),
    ),
    batches(table, `UPDATE ${table} SET ${name} = ${value} WHERE ${name} IS NULL`),
    ...(column.nullable
      ? [brief(...trigger.drop())]
      : [
          ...checkFilled(alter, column.name, column.name),
          brief(...trigger.drop(), ...setRequired(alter, column.name)),
        ]),
  ];
}

/** Gives a column another type by filling another one and putting it in its place, with all that hangs on it. */
export function replaceColumn(
  { column, live, ...change }: ChangeOf<'change_type'>,
  standIn: StandIn,
): StatementGroup[] {
  const table = quoteQualified(change.schema, change.table);
  const alter = `ALTER TABLE ${table}`;
  const interim = standInName(column.name);
  const [name, next] = [quoteIdentifier(column.name), quoteIdentifier(interim)];
  const trigger = new FillTrigger(table, interim, triggerFunctionOf(change, interim));
  const replacement = { schema: change.schema, table: change.table, column: column.name, interim };
  const views = keepViews(live, replacement);
  const locks = tablesOf(standIn.keys, change) + (live.views ?? []).length;
  const swap = (...statements: string[]): StatementGroup => ({ ...brief(...statements), locks });
  const settings = live.hasSettings ? keepSettings(replacement) : { before: [], after: [] };
  const sequences = keepSequences(live, nativeType(column), replacement);
  return [
    brief(
      ...ownSchema(standIn),
      `${alter} ADD COLUMN IF NOT EXISTS ${next} ${nativeType(column)}`,
      ...trigger.create(`NEW.${next} := NEW.${name}`),
    ),
    batches(table, `UPDATE ${table} SET ${next} = ${name} WHERE ${next} IS NULL AND ${name} IS NOT NULL`),
    ...(standIn.isRequired ? checkFilled(alter, column.name, interim) : []),
    ...buildStandInIndexes(standIn, replacement),
    long(`ANALYZE ${table} (${next})`),
    ...addStandInKeys(standIn, replacement),
    swap(
      ...views.before,
      ...dropReplacedKeys(standIn),
      ...trigger.drop(),
      ...sequences.before,
      ...settings.before,
      `${alter} DROP COLUMN ${name}`,
      `${alter} RENAME COLUMN ${next} TO ${name}`,
      ...(standIn.isRequired ? setRequired(alter, column.name) : []),
      ...(live.defaultSql === undefined ? [] : [`${alter} ALTER COLUMN ${name} SET DEFAULT ${live.defaultSql}`]),
      ...sequences.after,
      ...renameStandInIndexes(standIn, change),
      ...renameStandInKeys(standIn),
      ...newComment(change, {
        name: column.name,
        ...(live.comment === undefined ? {} : { description: live.comment }),
      }),
      ...settings.after,
      ...views.after,
    ),
  ];
}

/** Removes what a change that was interrupted, and that nobody wants any more, was filling. */
export function dropUnfinished({ unfinished, ...change }: ChangeOf<'drop_unfinished'>): StepBody {
  const table = quoteQualified(change.schema, change.table);
  const { trigger, functionName, column, source } = unfinished;
  const filled =
    column === undefined ? [] : [`ALTER TABLE ${table} DROP COLUMN IF EXISTS ${quoteIdentifier(column.name)}`];
  const drop = new FillTrigger(table, trigger, quoteQualified(OWN_SCHEMA, functionName)).drop();
  return {
    class: 'safe',
    what: `remove what an interrupted change of ${source ?? column?.name ?? trigger} left behind`,
    lock: LOCKS.exclusive,
    groups: [
      {
        ...brief(...dropUnfinishedKeys(unfinished.keys), ...drop, ...filled),
        locks: tablesOf(unfinished.keys, change),
      },
    ],
  };
}

function ownSchema({ makesSchema }: Fill): string[] {
  return makesSchema ? [`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(OWN_SCHEMA)}`] : [];
}

function triggerFunctionOf(
  { schema, table }: { readonly schema: string; readonly table: string },
  trigger: string,
): string {
  return quoteQualified(OWN_SCHEMA, triggerFunctionName(trigger, schema, table));
}

/** A trigger with its function, which come and go together. */
class FillTrigger {
  readonly #table: string;
  readonly #name: string;
  readonly #function: string;

  /** Table and function as they are quoted. */
  constructor(table: string, name: string, quotedFunction: string) {
    this.#table = table;
    this.#name = quoteIdentifier(name);
    this.#function = quotedFunction;
  }

  create(assignment: string, condition = ''): string[] {
    const body = quoteLiteral(`BEGIN ${assignment}; RETURN NEW; END`);
    return [
      `CREATE OR REPLACE FUNCTION ${this.#function}() RETURNS trigger LANGUAGE plpgsql AS ${body}`,
      `DROP TRIGGER IF EXISTS ${this.#name} ON ${this.#table}`,
      `CREATE TRIGGER ${this.#name} BEFORE INSERT OR UPDATE ON ${this.#table} FOR EACH ROW${condition} EXECUTE FUNCTION ${this.#function}()`,
    ];
  }

  drop(): string[] {
    return [`DROP TRIGGER IF EXISTS ${this.#name} ON ${this.#table}`, `DROP FUNCTION IF EXISTS ${this.#function}()`];
  }
}

function batches(table: string, update: string): StatementGroup {
  return {
    mode: 'batches',
    duration: 'brief',
    table,
    statements: [`${update} AND ctid >= $1::tid AND ctid < $2::tid`],
  };
}

/** A validated check proves to SET NOT NULL that it need not read the table. */
function checkFilled(alter: string, column: string, filled: string): StatementGroup[] {
  const check = quoteIdentifier(filledCheckName(column));
  return [
    brief(
      `${alter} DROP CONSTRAINT IF EXISTS ${check}`,
      `${alter} ADD CONSTRAINT ${check} CHECK (${quoteIdentifier(filled)} IS NOT NULL) NOT VALID`,
    ),
    { ...long(`${alter} VALIDATE CONSTRAINT ${check}`), cleanUp: `${alter} DROP CONSTRAINT IF EXISTS ${check}` },
  ];
}

function setRequired(alter: string, column: string): string[] {
  const check = quoteIdentifier(filledCheckName(column));
  return [`${alter} ALTER COLUMN ${quoteIdentifier(column)} SET NOT NULL`, `${alter} DROP CONSTRAINT ${check}`];
}
