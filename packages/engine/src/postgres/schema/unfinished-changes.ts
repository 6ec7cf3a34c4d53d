import type { LiveTable, UnfinishedChange } from './live-schema.ts';
import { fillTriggerName, standInName } from './object-name.ts';
import type { UnfinishedRow } from './online-queries.ts';

/** The table without the columns, and their indexes, that changes under way are still filling; those stand under `unfinished`. */
export function setApart(table: LiveTable, rows: readonly UnfinishedRow[]): LiveTable {
  if (rows.length === 0) return table;
  const unfinished = rows.map((row) => unfinishedChange(table, row));
  const hidden = new Set(unfinished.flatMap(({ column }) => column?.name ?? []));
  return {
    ...table,
    columns: table.columns.filter((column) => !hidden.has(column.name)),
    indexes: table.indexes.filter((index) => !index.columns.some((name) => hidden.has(name))),
    unfinished,
  };
}

function unfinishedChange(table: LiveTable, { trigger, function_name: functionName }: UnfinishedRow): UnfinishedChange {
  const standIn = table.columns.find((column) => column.name === trigger);
  const column = standIn ?? table.columns.find(({ name }) => fillTriggerName(name) === trigger);
  return {
    trigger,
    functionName,
    column,
    source: standIn && table.columns.find(({ name }) => standInName(name) === trigger)?.name,
    indexes: table.indexes.filter((index) => column !== undefined && index.columns.includes(column.name)),
  };
}
