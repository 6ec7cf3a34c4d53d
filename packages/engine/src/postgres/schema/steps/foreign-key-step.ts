import type { ChangeOf, NamedForeignKey } from '../change.ts';
import { quoteIdentifier, quoteQualified } from '../identifier.ts';
import { foreignKeySql, REFERENCE_ACTIONS } from './foreign-key-sql.ts';
import { brief, LOCKS, long, type StepBody, unsupported } from './step-body.ts';

type ForeignKeyChange = ChangeOf<
  'add_foreign_key' | 'replace_foreign_key' | 'validate_foreign_key' | 'drop_foreign_key' | 'two_collations'
>;

/** Steps about foreign keys: added unvalidated under a short lock, then validated while reads and writes go on. */
export function foreignKeyStep(change: ForeignKeyChange): StepBody {
  const alter = `ALTER TABLE ${quoteQualified(change.schema, change.table)}`;
  switch (change.kind) {
    case 'two_collations': {
      const { column, collation, to } = change;
      return unsupported(
        `${column} refers to ${to.table}.${to.column}, whose collation is ${to.collation}, not ${collation}: PostgreSQL cannot compare them`,
        'Remove `references` from the column (a foreign key may stay), or give both columns one collation by SQL of your own.',
      );
    }
    case 'add_foreign_key': {
      const { key } = change;
      const what = `add foreign key ${key.column} → ${target(key)}`;
      return {
        class: 'safe',
        what,
        lock: LOCKS.shareRow,
        ...(change.isNewTable ? { rows: 0 } : { concerns: referring(key) }),
        groups: [brief(`${alter} ${addition(key)}`), validation(alter, key)],
      };
    }
    case 'replace_foreign_key': {
      const { key, live } = change;
      const sql = `${alter} DROP CONSTRAINT ${quoteIdentifier(live.name)}, ${addition(key)}`;
      const what = `change what the foreign key ${key.column} → ${target(key)} does to ${actions(key)}`;
      return {
        class: 'safe',
        what,
        lock: LOCKS.exclusiveThenShareUpdate,
        concerns: referring(key),
        groups: [brief(sql), validation(alter, key)],
      };
    }
    case 'validate_foreign_key': {
      const { key } = change;
      const what = `validate foreign key ${key.column} → ${target(key)}`;
      const groups = [validation(alter, key)];
      return { class: 'safe', what, lock: LOCKS.shareUpdate, concerns: referring(key), groups };
    }
    case 'drop_foreign_key': {
      const { live } = change;
      const what = `drop foreign key ${live.columns.join(', ')} → ${live.target.table} (${live.target.columns.join(', ')})`;
      const sql = `${alter} DROP CONSTRAINT ${quoteIdentifier(live.name)}`;
      return { class: 'destructive', what, lock: LOCKS.exclusive, groups: [brief(sql)], rows: 0 };
    }
  }
}

function addition({ name, column, target, reference }: NamedForeignKey): string {
  const { onDelete, onUpdate } = reference;
  const to = { ...target, columns: [reference.column] };
  return `ADD CONSTRAINT ${quoteIdentifier(name)} ${foreignKeySql({ columns: [column], target: to, onDelete, onUpdate })} NOT VALID`;
}

function validation(alter: string, key: NamedForeignKey) {
  return long(`${alter} VALIDATE CONSTRAINT ${quoteIdentifier(key.name)}`);
}

/** The rows that are checked. */
function referring(key: NamedForeignKey): { where: string } {
  return { where: `${quoteIdentifier(key.column)} IS NOT NULL` };
}

function target(key: NamedForeignKey): string {
  return `${key.target.table} (${key.reference.column})`;
}

function actions(key: NamedForeignKey): string {
  const { onDelete, onUpdate } = key.reference;
  return `${REFERENCE_ACTIONS[onDelete].toLowerCase()} on delete, ${REFERENCE_ACTIONS[onUpdate].toLowerCase()} on update`;
}
