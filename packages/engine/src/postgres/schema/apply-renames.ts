import type { Table } from '@santokit/contract';
import type { Change } from './change.ts';
import { schemaOf, tableKey } from './diff-context.ts';
import type { LivePrimaryKey, LiveSchema, LiveTable } from './live-schema.ts';
import { type OtherNames, renameForeignKey, renamePlacedKey } from './rename-key.ts';

/**
 * The live schema as it will be once `renamedFrom` was followed, and the changes that do it. A rename is due when the old name is
 * there and the new one is not, so that a file may keep its `renamedFrom` after the fact.
 */
export function applyRenames(declared: readonly Table[], live: LiveSchema): { live: LiveSchema; renames: Change[] } {
  const renames: Change[] = [];
  const tableNames = new Map<string, string>();
  const columnNames = new Map<string, ReadonlyMap<string, string>>();
  const tables = new Map(live.tables.map((table) => [tableKey(table.schema, table.name), table]));
  for (const table of declared) {
    const place = { schema: schemaOf(table), table: table.name };
    let found = tables.get(tableKey(place.schema, table.name));
    if (found === undefined && table.renamedFrom !== undefined) {
      found = tables.get(tableKey(place.schema, table.renamedFrom));
      if (found !== undefined) {
        renames.push({ ...place, kind: 'rename_table', from: table.renamedFrom });
        tableNames.set(tableKey(place.schema, table.renamedFrom), table.name);
      }
    }
    if (found === undefined) continue;
    const columns = renamedColumns(table, found);
    for (const [from, column] of columns) renames.push({ ...place, kind: 'rename_column', column, from });
    columnNames.set(tableKey(found.schema, found.name), columns);
  }
  if (renames.length === 0) return { live, renames };
  const names: OtherNames = {
    table: (schema, table) => tableNames.get(tableKey(schema, table)) ?? table,
    column: ({ schema, table }, column) => columnNames.get(tableKey(schema, table))?.get(column) ?? column,
  };
  return { live: { ...live, tables: live.tables.map((table) => renameTable(table, names)) }, renames };
}

function renamedColumns(table: Table, live: LiveTable): ReadonlyMap<string, string> {
  const existing = new Set(live.columns.map((column) => column.name));
  const due = Object.values(table.columns).filter(
    (column) => column.renamedFrom !== undefined && existing.has(column.renamedFrom) && !existing.has(column.name),
  );
  return new Map(due.map((column) => [column.renamedFrom ?? '', column.name]));
}

function renameTable(table: LiveTable, names: OtherNames): LiveTable {
  const place = { schema: table.schema, table: table.name };
  const column = (name: string) => names.column(place, name);
  return {
    ...table,
    name: names.table(table.schema, table.name),
    columns: table.columns.map((one) => ({ ...one, name: column(one.name) })),
    ...(table.primaryKey === undefined ? {} : { primaryKey: renamePrimaryKey(table.primaryKey, column) }),
    indexes: table.indexes.map((index) => ({ ...index, columns: index.columns.map(column) })),
    checks: table.checks.map((check) => ({ ...check, column: column(check.column) })),
    foreignKeys: table.foreignKeys.map((key) => renameForeignKey(key, place, names)),
    unfinished: table.unfinished.map((one) => ({
      ...one,
      source: one.source === undefined ? undefined : column(one.source),
      keys: one.keys.map((key) => renamePlacedKey(key, names)),
    })),
  };
}

function renamePrimaryKey({ index, ...key }: LivePrimaryKey, column: (name: string) => string): LivePrimaryKey {
  const columns = key.columns.map(column);
  return { ...key, columns, ...(index && { index: { ...index, columns: index.columns.map(column) } }) };
}
