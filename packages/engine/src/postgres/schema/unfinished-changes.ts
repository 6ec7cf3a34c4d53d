import { tableKey } from './diff-context.ts';
import type { LiveTable, PlacedForeignKey, UnfinishedChange } from './live-schema.ts';
import { fillTriggerName, standInName } from './object-name.ts';
import type { UnfinishedRow } from './online-queries.ts';

/** A table as it was found, with the triggers of the changes that are under way in it. */
export interface FoundTable {
  readonly table: LiveTable;
  readonly rows: readonly UnfinishedRow[];
}

/**
 * The tables without the columns that changes under way are still filling, and without their indexes and foreign keys; those stand under
 * `unfinished`.
 */
export function setApart(found: readonly FoundTable[]): LiveTable[] {
  const tables = found.map(({ table }) => table);
  if (found.every(({ rows }) => rows.length === 0)) return tables;
  const keys = tables.flatMap(({ schema, name, foreignKeys }) =>
    foreignKeys.map((key): PlacedForeignKey => ({ ...key, schema, table: name })),
  );
  const apart = found.map(({ table, rows }) => ({
    ...table,
    unfinished: rows.map((row) => changeOf(table, row, keys)),
  }));
  const hiddenKeys = new Set(apart.flatMap(({ unfinished }) => unfinished.flatMap((one) => one.keys.map(keyId))));
  return apart.map((table) => {
    const hidden = new Set(table.unfinished.flatMap(({ column }) => column?.name ?? []));
    const { schema, name } = table;
    return {
      ...table,
      columns: table.columns.filter((column) => !hidden.has(column.name)),
      indexes: table.indexes.filter((index) => !index.columns.some((column) => hidden.has(column))),
      foreignKeys: table.foreignKeys.filter((key) => !hiddenKeys.has(keyId({ ...key, schema, table: name }))),
    };
  });
}

/** Whether a foreign key is of, or leads to, a column. */
export function isKeyOf(key: PlacedForeignKey, place: Pick<LiveTable, 'schema' | 'name'>, column: string): boolean {
  const { schema, table, columns } = key.target;
  const isIn = (name: { readonly schema: string; readonly table: string }) =>
    name.schema === place.schema && name.table === place.name;
  return (isIn(key) && key.columns.includes(column)) || (isIn({ schema, table }) && columns.includes(column));
}

function keyId({ schema, table, name }: PlacedForeignKey): string {
  return `${tableKey(schema, table)}\0${name}`;
}

function changeOf(
  table: LiveTable,
  { trigger, function_name: functionName }: UnfinishedRow,
  keys: readonly PlacedForeignKey[],
): UnfinishedChange {
  const standIn = table.columns.find((column) => column.name === trigger);
  const column = standIn ?? table.columns.find(({ name }) => fillTriggerName(name) === trigger);
  return {
    trigger,
    functionName,
    column,
    source: standIn && table.columns.find(({ name }) => standInName(name) === trigger)?.name,
    indexes: table.indexes.filter((index) => column !== undefined && index.columns.includes(column.name)),
    keys: column === undefined ? [] : keys.filter((key) => isKeyOf(key, table, column.name)),
  };
}
