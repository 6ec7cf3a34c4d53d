import { type Column, HUB_LIMITS, type Table, type TableIndex } from '@santokit/contract';
import { tableKey } from './diff-context.ts';
import { DEFAULT_SCHEMA } from './identifier.ts';
import type { LiveSchema, LiveTable } from './live-schema.ts';
import { freeName, indexName } from './object-name.ts';
import { hasNameableType, pullColumn, pullKey, unusableName } from './pull-column.ts';
import { pullReferences } from './pull-references.ts';
import { withRelations } from './pull-relations.ts';

export interface PulledTables {
  readonly tables: readonly Table[];
  readonly skipped: readonly { readonly table: string; readonly reason: string }[];
}

/**
 * Declares what a database already has, so that a plan straight after is empty. What files cannot describe is left out, with the
 * reason where it is a whole table or a foreign key, and planning never touches it.
 */
export function pullTables(live: LiveSchema, options: { readonly connection: string }): PulledTables {
  const skipped: { table: string; reason: string }[] = [];
  const pulled = new Map<string, { table: Table; live: LiveTable }>();
  const possible = live.tables.toSorted(byImportance).filter((table) => {
    const reason = reasonToSkip(table);
    if (reason !== undefined) skipped.push({ table: qualifiedName(table), reason });
    return reason === undefined;
  });
  const names = declaredNames(possible);
  for (const table of possible) {
    const name = names.get(table) ?? table.name;
    pulled.set(tableKey(table.schema, table.name), { table: pullTable(table, name, options.connection), live: table });
  }
  const referring = [...pulled.values()].map(({ table, live: source }) => {
    const { table: complete, leftOut } = pullReferences(table, source, pulled);
    skipped.push(...leftOut.map((reason) => ({ table: complete.name, reason })));
    return complete;
  });
  return { tables: withRelations(referring), skipped: skipped.toSorted((a, b) => (a.table < b.table ? -1 : 1)) };
}

/** The default namespace first, so that its tables keep their names where another namespace has the same ones. */
function byImportance(a: LiveTable, b: LiveTable): number {
  const rank = (table: LiveTable) => `${table.schema === DEFAULT_SCHEMA ? 0 : 1}\0${table.schema}\0${table.name}`;
  return rank(a) < rank(b) ? -1 : 1;
}

function qualifiedName(table: LiveTable): string {
  return table.schema === DEFAULT_SCHEMA ? table.name : `${table.schema}.${table.name}`;
}

/** Names are unique in files: the first table of a name keeps it, those of other namespaces are called by both, `app_users`. */
function declaredNames(tables: readonly LiveTable[]): Map<LiveTable, string> {
  const names = new Map<LiveTable, string>();
  const taken = new Set<string>();
  const [first, others] = [new Map(tables.toReversed().map((table) => [table.name, table])), new Set(tables)];
  for (const [name, table] of first) {
    names.set(table, name);
    taken.add(name);
    others.delete(table);
  }
  for (const table of others) {
    const name = freeName(`${table.schema}_${table.name}`, (candidate) => taken.has(candidate));
    names.set(table, name);
    taken.add(name);
  }
  return names;
}

function reasonToSkip(table: LiveTable): string | undefined {
  if (table.extension !== undefined) return `it belongs to the extension ${table.extension}`;
  if (table.kind === 'foreign_table') return 'it is a foreign table';
  if (table.isPartition) return 'it is a partition of another table';
  if (isView(table) && table.columns.length === 0) return 'it has no columns';
  if (table.primaryKey === undefined && !isView(table)) return 'it has no primary key';
  if (table.columns.length > HUB_LIMITS.columnsPerTable)
    return `it has more than ${HUB_LIMITS.columnsPerTable} columns`;
  const unusable = [table.name, table.schema, ...table.columns.map((column) => column.name)].find(unusableName);
  if (unusable !== undefined) return `the name ${JSON.stringify(unusable)} cannot be addressed in a call`;
  const unnamed = table.columns.find((column) => !hasNameableType(column));
  if (unnamed !== undefined) return `its column ${unnamed.name} has the type ${unnamed.type}, which a file cannot name`;
  return undefined;
}

function isView({ kind }: LiveTable): boolean {
  return kind === 'view' || kind === 'materialized_view';
}

function pullTable(live: LiveTable, name: string, connection: string): Table {
  if (isView(live)) return pullView(live, name, connection);
  const key = pullKey(live);
  const indexes = pullIndexes(live);
  const columns = live.columns.map((column): [string, Column] => {
    const pulled = pullColumn(column, key, live.checks);
    return [column.name, indexes.unique.has(column.name) ? { ...pulled, unique: true } : pulled];
  });
  return {
    ...placeOf(live, name, connection),
    key,
    columns: Object.fromEntries(columns),
    indexes: indexes.others,
    relations: {},
    ...(live.comment === undefined ? {} : { description: live.comment }),
  };
}

function placeOf(live: LiveTable, name: string, connection: string): Pick<Table, 'name' | 'connection' | 'schema'> {
  return {
    name,
    connection,
    ...(name === live.name ? {} : { nativeName: live.name }),
    ...(live.schema === DEFAULT_SCHEMA ? {} : { schema: live.schema }),
  };
}

/** The database does not say what its rows are told apart by: that is for its owner to add. */
function pullView(live: LiveTable, name: string, connection: string): Table {
  const columns = live.columns.map((column): [string, Column] => {
    // What a view's column could say of writing, `ALTER VIEW … SET DEFAULT` included, is nothing to readers.
    const { defaultSql: _, ...read } = column;
    return [column.name, { ...pullColumn(read, { columns: [] }, []), nullable: true }];
  });
  return {
    ...placeOf(live, name, connection),
    view: true,
    key: { columns: [] },
    columns: Object.fromEntries(columns),
    indexes: [],
    relations: {},
    ...(live.comment === undefined ? {} : { description: live.comment }),
  };
}

/** Unique indexes of one column are said at the column; everything that needs more words stands under `indexes`. */
function pullIndexes(live: LiveTable): { unique: ReadonlySet<string>; others: TableIndex[] } {
  const unique = new Set<string>();
  const others: TableIndex[] = [];
  for (const index of live.indexes.filter((one) => one.isPlain && one.isValid)) {
    const [column = ''] = index.columns;
    const isKey = live.primaryKey?.columns.includes(column) ?? false;
    if (index.unique && index.columns.length === 1 && index.where === undefined && !isKey && !unique.has(column)) {
      unique.add(column);
      continue;
    }
    const declared: TableIndex = {
      columns: index.columns,
      unique: index.unique,
      ...(index.where === undefined ? {} : { where: index.where }),
    };
    // Without a name it would say no more than `unique` at the column, and be taken for the same.
    const isDerivedName = index.name === indexName(live.name, declared) && !(index.unique && unique.has(column));
    others.push(isDerivedName ? declared : { ...declared, name: index.name });
  }
  return { unique, others };
}
