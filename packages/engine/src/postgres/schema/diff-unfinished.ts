import type { Table } from '@santokit/contract';
import { nativeType } from '../type-map.ts';
import type { Change, ChangeOf, Fill, StandIn, StandInIndex } from './change.ts';
import { sameDefault } from './default-expression.ts';
import { sameType } from './diff-columns.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveIndex, LiveSchema, LiveTable, PlacedForeignKey, UnfinishedChange } from './live-schema.ts';
import { isStandInName, standInPartName } from './object-name.ts';
import { comesFirst } from './schedule-changes.ts';
import { staysComparable, typeChange } from './type-change.ts';
import { isKeyOf } from './unfinished-changes.ts';

interface TableChanges {
  /** Of the table. */
  readonly changes: readonly Change[];
  /** Of all tables. */
  readonly all: readonly Change[];
}

/**
 * The changes of a table, those that would write every row under the lock by way of a column that is filled in batches where that is
 * possible. What an interrupted apply left half filled is taken up, or removed first.
 */
export function takeUpUnfinished(
  table: Table,
  live: LiveTable,
  { live: schema }: DiffContext,
  { changes, all }: TableChanges,
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
    const standIn = standInFor(change, { table: live, schema, all });
    if (standIn === undefined) return change;
    if (unfinished !== undefined) taken.add(unfinished);
    const useless = uselessIndexes(change, standIn, { unfinished, all: live.unfinished });
    const uselessKeys = unfinished?.keys ?? [];
    return { ...change, standIn: { ...fill, ...standIn, uselessIndexes: useless, uselessKeys } };
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

type Likeness = Pick<StandIn, 'isRequired' | 'indexes' | 'keys'>;

interface Surroundings {
  readonly table: LiveTable;
  readonly schema: LiveSchema;
  readonly all: readonly Change[];
}

/** What the stand-in of a column is to have; undefined where none can take its place. */
function standInFor(change: ChangeOf<'change_type'>, around: Surroundings): Likeness | undefined {
  const { column, live } = change;
  const { table } = around;
  const { kind, rewrites } = typeChange(column, live);
  if (kind !== 'widen' || !rewrites || !live.isReplaceable || table.isPublished) return undefined;
  if (table.checks.some((check) => check.column === column.name && check.rules === undefined)) return undefined;
  if (table.columns.some(({ name }) => isStandInName(name))) return undefined;
  if (live.sequences.length > 0 && !/^(smallint|integer|bigint)$/.test(nativeType(column))) return undefined;
  const indexes = standInIndexes(change, around);
  const keys = standInKeys(change, around);
  if (indexes === undefined || keys === undefined) return undefined;
  const becomesNullable = around.all.some(
    (one) => one.kind === 'drop_not_null' && isIn(table)(one) && one.column === column.name,
  );
  return { isRequired: !live.nullable && !becomesNullable, indexes, keys };
}

/** The indexes, those of keys among them, that the column is part of; undefined where one cannot be built like it is. */
function standInIndexes({ column }: ChangeOf<'change_type'>, { table, all }: Surroundings): StandInIndex[] | undefined {
  const isFirst = comesFirst(all);
  const gone = all.filter(isIn(table)).flatMap((one) =>
    // A key is dropped by a statement that wants it to be there.
    one.kind === 'drop_index' && (!one.index.isConstraint || isFirst(one)) ? [one.index.name] : [],
  );
  const found = [...primaryIndex(table), ...table.indexes.map((index) => ({ ...index, isPrimary: false }))].filter(
    (index) => index.isValid && index.columns.includes(column.name),
  );
  return found.every((index) => index.form !== undefined)
    ? found.filter(({ name }) => !gone.includes(name))
    : undefined;
}

function primaryIndex({ primaryKey }: LiveTable): StandInIndex[] {
  return primaryKey?.index === undefined ? [] : [{ ...primaryKey.index, isPrimary: true }];
}

/** The foreign keys that the column is part of and those that lead to it; undefined where one cannot have another beside it. */
function standInKeys(
  { column, live }: ChangeOf<'change_type'>,
  { table, schema, all }: Surroundings,
): PlacedForeignKey[] | undefined {
  const isFirst = comesFirst(all);
  const isGone = (key: PlacedForeignKey) =>
    all.some((one) => {
      if (one.kind !== 'drop_foreign_key' || one.live.name !== key.name || !isFirst(one)) return false;
      return one.schema === key.schema && one.table === key.table;
    });
  const keys = schema.tables
    .flatMap((one) => one.foreignKeys.map((key) => ({ ...key, schema: one.schema, table: one.name })))
    .filter((key) => isKeyOf(key, table, column.name) && !isGone(key));
  if (keys.length > 0 && !staysComparable(typeChange(column, live))) return undefined;
  return keys.every((key) => key.isRepeatable && !setsDefault(key)) ? keys : undefined;
}

/** The default that it would set is not the stand-in's, which has what its source has. */
function setsDefault({ onDelete, onUpdate }: PlacedForeignKey): boolean {
  return onDelete === 'set_default' || onUpdate === 'set_default';
}

function isIn({ schema, name }: LiveTable): (change: Change) => boolean {
  return (change) => change.schema === schema && change.table === name;
}

interface Leftovers {
  /** What is taken up. */
  readonly unfinished: UnfinishedChange | undefined;
  readonly all: readonly UnfinishedChange[];
}

/** Indexes that are in the way of those that are to be built. */
function uselessIndexes(
  { column }: ChangeOf<'change_type'>,
  { indexes }: Likeness,
  { unfinished, all }: Leftovers,
): string[] {
  const name = (one: string) => (one === unfinished?.column?.name ? column.name : one);
  const definition = (one: LiveIndex) =>
    JSON.stringify([one.columns.map(name), one.unique, one.where ?? null, one.form ?? null]);
  const wanted = new Map(indexes.map((index) => [standInPartName(index.name), definition(index)]));
  const isOfUse = (one: LiveIndex) => one.isValid && wanted.get(one.name) === definition(one);
  const others = all.filter((one) => one !== unfinished).flatMap((one) => one.indexes);
  return [...(unfinished?.indexes ?? []), ...others.filter((one) => wanted.has(one.name))]
    .filter((one) => !isOfUse(one))
    .map((one) => one.name);
}
