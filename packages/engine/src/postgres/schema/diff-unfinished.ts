import type { Table } from '@santokit/contract';
import type { Change, ChangeOf, Fill, StandIn } from './change.ts';
import { sameDefault } from './default-expression.ts';
import { sameType } from './diff-columns.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveIndex, LiveTable, UnfinishedChange } from './live-schema.ts';
import { standInIndexName } from './object-name.ts';
import { typeChange } from './type-change.ts';

/**
 * The changes of a table, those that would write every row under the lock by way of a column that is filled in batches where that is
 * possible. What an interrupted apply left half filled is taken up, or removed first.
 */
export function takeUpUnfinished(
  table: Table,
  live: LiveTable,
  { live: schema }: DiffContext,
  changes: readonly Change[],
): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  if (!live.isFillable || live.isEmpty || schema.ownSchema === 'forbidden') {
    return [...live.unfinished.map((one) => dropUnfinished(place, one)), ...changes];
  }
  const fill: Fill = { makesSchema: schema.ownSchema === 'to_make' };
  const taken = new Set<UnfinishedChange>();
  const filled = changes.map((change): Change => {
    if (change.kind === 'add_column' && isFilled(change)) {
      const unfinished = live.unfinished.find((one) => isFillOf(one, change));
      if (unfinished !== undefined) taken.add(unfinished);
      return { ...change, fill };
    }
    if (change.kind !== 'change_type') return change;
    const unfinished = live.unfinished.find((one) => isStandInOf(one, change));
    const standIn = standInFor(change, live, changes);
    if (standIn === undefined) return change;
    if (unfinished !== undefined) taken.add(unfinished);
    return { ...change, standIn: { ...fill, ...standIn, uselessIndexes: uselessIndexes(change, standIn, unfinished) } };
  });
  const rest = live.unfinished.filter((one) => !taken.has(one));
  return [...rest.map((one) => dropUnfinished(place, one)), ...filled];
}

/** What removes the half-done work of changes that nobody wants any more. */
export function dropUnfinished(
  { schema, table }: Pick<Change, 'schema' | 'table'>,
  unfinished: UnfinishedChange,
): Change {
  return { schema, table, kind: 'drop_unfinished', unfinished };
}

/** A default that differs from row to row would be written into every row under the lock. */
function isFilled({ column, isKey, isConstrained }: ChangeOf<'add_column'>): boolean {
  return column.default?.kind === 'uuid_v4' && column.readOnly !== true && !isKey && !isConstrained;
}

function isFillOf({ column: live, source }: UnfinishedChange, { column }: ChangeOf<'add_column'>): boolean {
  return source === undefined && live?.name === column.name && sameType(column, live) && sameDefault(column, live);
}

function isStandInOf({ column: live, source }: UnfinishedChange, { column }: ChangeOf<'change_type'>): boolean {
  return source === column.name && live !== undefined && sameType(column, live);
}

type Likeness = Pick<StandIn, 'isRequired' | 'indexes'>;

/** What the stand-in of a column is to have; undefined where none can take its place. */
function standInFor(
  { column, live }: ChangeOf<'change_type'>,
  table: LiveTable,
  changes: readonly Change[],
): Likeness | undefined {
  const { kind, rewrites } = typeChange(column, live);
  if (kind !== 'widen' || !rewrites || !live.isReplaceable || table.isPublished) return undefined;
  if (table.checks.some((check) => check.column === column.name && check.rules === undefined)) return undefined;
  if (table.columns.some(({ name }) => name.startsWith('stk_next_'))) return undefined;
  const indexes = table.indexes.filter((index) => index.isValid && index.columns.includes(column.name));
  if (!indexes.every((index) => index.isPlain && !index.isConstraint)) return undefined;
  const dropped = new Set(changes.flatMap((change) => (change.kind === 'drop_index' ? [change.index.name] : [])));
  const becomesNullable = changes.some((change) => change.kind === 'drop_not_null' && change.column === column.name);
  return {
    isRequired: !live.nullable && !becomesNullable,
    indexes: indexes.filter((index) => !dropped.has(index.name)),
  };
}

function uselessIndexes(
  { column }: ChangeOf<'change_type'>,
  { indexes }: Likeness,
  unfinished: UnfinishedChange | undefined,
): string[] {
  const name = (one: string) => (one === unfinished?.column?.name ? column.name : one);
  const definition = (one: LiveIndex) => JSON.stringify([one.columns.map(name), one.unique, one.where ?? null]);
  const wanted = new Map(indexes.map((index) => [standInIndexName(index.name), definition(index)]));
  const isOfUse = (one: LiveIndex) => one.isValid && wanted.get(one.name) === definition(one);
  return (unfinished?.indexes ?? []).filter((one) => !isOfUse(one)).map((one) => one.name);
}
