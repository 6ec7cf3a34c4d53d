import { HUB_LIMITS, type Schema } from '@santokit/contract';
import { isMap } from 'yaml';
import { readVersionedRoot } from '../read-versioned-root.ts';
import type { Position, YamlFile } from '../yaml-file.ts';
import { readTable, type TableSource } from './read-table.ts';
import { resolveSchema } from './resolve-schema.ts';

export interface ReadSchema {
  readonly schema: Schema;
  /** Of tables (`posts`) and columns (`posts.title`). */
  readonly positions: ReadonlyMap<string, Position>;
}

/** Reads all files under `schema/`. */
export function readSchema(files: readonly YamlFile[]): ReadSchema {
  const tables = new Map<string, TableSource>();
  for (const file of files) for (const table of readTables(file)) addTable(tables, table);
  checkTableCounts(tables);
  checkPlaces(tables);
  const positions = new Map<string, Position>();
  for (const table of tables.values()) {
    positions.set(table.name.value, table.name);
    for (const [column, position] of table.positions) positions.set(`${table.name.value}.${column}`, position);
  }
  return { schema: resolveSchema(tables), positions };
}

function readTables(file: YamlFile): TableSource[] {
  const root = readVersionedRoot(file, 'a schema file', ['tables', 'adopted']);
  const tables = root?.get('tables');
  if (root === undefined || tables === undefined) {
    if (root !== undefined) file.report(file.root, 'A schema file needs "tables"');
    return [];
  }
  const adopted = root.has('adopted') ? (file.readBoolean(root.get('adopted')?.value, '"adopted"') ?? false) : false;
  if (!isMap(tables.value)) return file.report(tables.key, '"tables" must be a mapping of tables by name') ?? [];
  const members = file.readMembers(tables.value, '"tables"');
  return [...(members?.values() ?? [])].flatMap((member) => readTable(file, member, adopted) ?? []);
}

function addTable(tables: Map<string, TableSource>, table: TableSource): void {
  const earlier = tables.get(table.name.value);
  if (earlier === undefined) {
    tables.set(table.name.value, table);
    return;
  }
  table.file.report(
    table.name,
    `Table "${table.name.value}" is declared already, at ${earlier.name.file}:${earlier.name.line}; names are unique across all files`,
  );
}

function checkTableCounts(tables: ReadonlyMap<string, TableSource>): void {
  for (const group of Map.groupBy(tables.values(), (table) => table.connection.value).values()) {
    const beyond = group[HUB_LIMITS.tablesPerConnection];
    if (beyond !== undefined)
      beyond.file.report(
        beyond.name,
        `Connection "${beyond.connection.value}" has more than ${HUB_LIMITS.tablesPerConnection} tables`,
      );
  }
}

/** Each table of a database is declared once, under whatever name. */
function checkPlaces(tables: ReadonlyMap<string, TableSource>): void {
  const places = new Map<string, TableSource>();
  for (const table of tables.values()) {
    const place = JSON.stringify([table.connection.value, table.schema, table.nativeName ?? table.name.value]);
    const earlier = places.get(place);
    if (earlier === undefined) places.set(place, table);
    else
      table.file.report(
        table.name,
        `"${table.name.value}" is the same table of the database as "${earlier.name.value}", at ${earlier.name.file}:${earlier.name.line}`,
      );
  }
}
