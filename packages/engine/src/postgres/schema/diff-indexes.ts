import type { Table, TableIndex } from '@santokit/contract';
import type { Change, NamedIndex } from './change.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveIndex, LiveTable } from './live-schema.ts';
import { indexName } from './object-name.ts';
import { samePredicate } from './predicate-text.ts';

/** The indexes that a table declares: those of its `unique` columns, then those under `indexes`. */
export function declaredIndexes(table: Table): TableIndex[] {
  const unique = Object.values(table.columns).filter((column) => column.unique === true);
  const all = [...unique.map((column) => ({ columns: [column.name], unique: true })), ...table.indexes];
  return all.filter((index, position) => {
    const first = all.findIndex((other) => isSameDeclaration(other, index));
    return first === position;
  });
}

/** The indexes of a table that is yet to be created, under names that are free. */
export function newIndexes(table: Table, context: DiffContext): NamedIndex[] {
  return declaredIndexes(table).map((index) => ({
    ...index,
    name: context.names.takeRelation(schemaOf(table), wantedName(table, index)),
  }));
}

/** What differs between declared and live indexes. Indexes that columns and a predicate do not describe are left alone. */
export function diffIndexes(table: Table, live: LiveTable, context: DiffContext): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  const isPartitioned = live.kind === 'partitioned_table';
  const unclaimed = new Set(live.indexes.filter((index) => index.isPlain && index.isValid));
  const missing = claim(declaredIndexes(table), unclaimed, (index, candidate) => {
    return candidate.name === wantedName(table, index) && isSameIndex(table, index, candidate);
  });
  const absent = claim(missing, unclaimed, (index, candidate) => isSameIndex(table, index, candidate));
  const columns = new Set(Object.keys(table.columns));
  const wantedNames = new Set(absent.map((index) => wantedName(table, index)));
  const changes: Change[] = [];
  for (const index of unclaimed) {
    // The index of a column that is dropped goes with it, but for one that has to make way before.
    if (!index.columns.every((column) => columns.has(column)) && !wantedNames.has(index.name)) continue;
    context.names.releaseRelation(place.schema, index.name);
    changes.push({ ...place, kind: 'drop_index', index, isPartitioned });
  }
  for (const index of absent) {
    const wanted = wantedName(table, index);
    const replacesInvalid = live.indexes.some((one) => one.name === wanted && !one.isValid && !one.isConstraint);
    const isNameTaken =
      index.name !== undefined && !replacesInvalid && context.names.isRelationTaken(place.schema, wanted);
    const name = replacesInvalid || isNameTaken ? wanted : context.names.takeRelation(place.schema, wanted);
    changes.push({
      ...place,
      kind: 'create_index',
      index: { ...index, name },
      replacesInvalid,
      isNameTaken,
      isPartitioned,
    });
  }
  return changes;
}

/** Takes for each declared index a live one that fits; answers those for which there was none. */
function claim(
  declared: readonly TableIndex[],
  unclaimed: Set<LiveIndex>,
  fits: (index: TableIndex, candidate: LiveIndex) => boolean,
): TableIndex[] {
  return declared.filter((index) => {
    const found = [...unclaimed].find((candidate) => fits(index, candidate));
    if (found !== undefined) unclaimed.delete(found);
    return found === undefined;
  });
}

function wantedName(table: Table, index: TableIndex): string {
  return index.name ?? indexName(table.name, index);
}

function isSameIndex(table: Table, index: TableIndex, live: LiveIndex): boolean {
  if (index.unique !== live.unique || !isSameList(index.columns, live.columns)) return false;
  if (index.where === undefined || live.where === undefined) return index.where === live.where;
  // The server may print a predicate quite differently; a name that we derived holds a hash of what was written.
  return (
    samePredicate(index.where, live.where) || (index.name === undefined && live.name === indexName(table.name, index))
  );
}

function isSameDeclaration(left: TableIndex, right: TableIndex): boolean {
  return (
    left.unique === right.unique &&
    isSameList(left.columns, right.columns) &&
    left.where === right.where &&
    left.name === right.name
  );
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}
