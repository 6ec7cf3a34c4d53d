import type { Column, ColumnReference, Table } from '@santokit/contract';
import type { Change, NamedForeignKey, Place } from './change.ts';
import { canDescribe, type ReferenceEnd } from './describable-reference.ts';
import { type DiffContext, schemaOf, tableKey } from './diff-context.ts';
import type { LiveForeignKey, LiveTable } from './live-schema.ts';
import { foreignKeyName } from './object-name.ts';

/**
 * What differs between declared references and live foreign keys. Keys of several columns, keys that were never validated, a second
 * key of one column and keys to what is not declared cannot be described in files, and are left alone.
 */
export function diffForeignKeys(table: Table, live: LiveTable | undefined, context: DiffContext): Change[] {
  return Object.values(table.columns).flatMap((column) => diffColumnKeys(table, column, live, context));
}

function diffColumnKeys(table: Table, column: Column, live: LiveTable | undefined, context: DiffContext): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  const keys = (live?.foreignKeys ?? []).filter((key) => key.columns.length === 1 && key.columns[0] === column.name);
  const references = heldReference(column, context);
  const source = { table, column: column.name };
  if (references === undefined)
    return keys.filter((key) => isDescribable(key, source, context)).map((key) => drop(place, key, context));
  const target = targetOf(references, context);
  if (target === undefined) return [];
  const pointing = keys.filter((key) => pointsTo(key, target, references.column));
  const exact = pointing.filter((key) => hasSameActions(key, references));
  if (exact.some((key) => key.isValidated)) return [];
  const named = (name: string): NamedForeignKey => ({ name, column: column.name, target, reference: references });
  const unvalidated = exact[0];
  if (unvalidated !== undefined) return [{ ...place, kind: 'validate_foreign_key', key: named(unvalidated.name) }];
  const replaced = pointing.find((key) => key.isValidated) ?? pointing[0];
  if (replaced !== undefined) {
    context.names.releaseConstraint(place.schema, place.table, replaced.name);
    return [{ ...place, kind: 'replace_foreign_key', key: named(newName(place, column, context)), live: replaced }];
  }
  const obsolete = keys.filter((key) => isDescribable(key, source, context)).map((key) => drop(place, key, context));
  const key = named(newName(place, column, context));
  return [...obsolete, { ...place, kind: 'add_foreign_key', key, isNewTable: live === undefined }];
}

/** The reference that a foreign key is to stand behind; none leads to a view. */
function heldReference({ references }: Column, context: DiffContext): ColumnReference | undefined {
  return references !== undefined && context.declared[references.table]?.view ? undefined : references;
}

function newName(place: Place, column: Column, context: DiffContext): string {
  return context.names.takeConstraint(place.schema, place.table, foreignKeyName(place.table, column.name));
}

function drop(place: Place, live: LiveForeignKey, context: DiffContext): Change {
  context.names.releaseConstraint(place.schema, place.table, live.name);
  return { ...place, kind: 'drop_foreign_key', live };
}

function targetOf(reference: ColumnReference, context: DiffContext): Place | undefined {
  const target = context.declared[reference.table];
  return target === undefined ? undefined : { schema: schemaOf(target), table: target.name };
}

function pointsTo(key: LiveForeignKey, target: Place, column: string): boolean {
  return key.target.schema === target.schema && key.target.table === target.table && key.target.columns[0] === column;
}

function hasSameActions(key: LiveForeignKey, reference: ColumnReference): boolean {
  return key.onDelete === reference.onDelete && key.onUpdate === reference.onUpdate;
}

/** Whether files could have declared the key: one that they cannot is no difference. */
function isDescribable(key: LiveForeignKey, source: ReferenceEnd, context: DiffContext): boolean {
  const { schema, table, columns } = key.target;
  // Keys into tables that are dropped were taken care of with those.
  if (!key.isValidated || !key.isJoinable || !context.declaredKeys.has(tableKey(schema, table))) return false;
  const target = Object.values(context.declared).find((one) => one.name === table && schemaOf(one) === schema);
  return (
    target !== undefined &&
    columns.length === 1 &&
    canDescribe(source, { table: target, column: columns[0] ?? '' }, key.onDelete)
  );
}
