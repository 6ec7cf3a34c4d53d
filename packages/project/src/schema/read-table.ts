import {
  type Column,
  HUB_LIMITS,
  isOneExpression,
  OWN_SCHEMA,
  TABLE_DEFAULT_CONNECTION,
  TABLE_DEFAULT_SCHEMA,
  type TableIndex,
  type TableKey,
} from '@santokit/contract';
import type { Node } from 'yaml';
import type { Located, Member, Position, YamlFile } from '../yaml-file.ts';
import { checkDeclaredName } from './declared-name.ts';
import { type ColumnSource, type ReferenceSource, readColumn } from './read-column.ts';
import { readKey } from './read-key.ts';
import { checkView, viewColumns } from './read-view.ts';

/** A table as written, before its references are looked up. */
export interface TableSource {
  readonly file: YamlFile;
  readonly name: Located;
  readonly connection: Located;
  readonly nativeName: string | undefined;
  readonly schema: string | undefined;
  readonly isView: boolean;
  readonly key: TableKey;
  readonly columns: Readonly<Record<string, Column>>;
  readonly indexes: readonly TableIndex[];
  readonly renamedFrom: string | undefined;
  readonly description: string | undefined;
  readonly references: readonly {
    readonly column: string;
    readonly at: Position;
    readonly reference: ReferenceSource;
  }[];
  readonly positions: ReadonlyMap<string, Position>;
}

const TABLE_KEYS = [
  'connection',
  'nativeName',
  'schema',
  'view',
  'id',
  'link',
  'columns',
  'indexes',
  'renamedFrom',
  'description',
];

/** Reads one table; `adopted` says that its names may be those of an existing database. */
export function readTable(
  file: YamlFile,
  { key: name, value: node }: Member,
  adopted: boolean,
): TableSource | undefined {
  checkDeclaredName(file, name, 'table', adopted);
  const members = file.readMapping(node, `table "${name.value}"`, TABLE_KEYS);
  if (members === undefined) return undefined;
  const text = (key: string) => (members.has(key) ? file.readText(members.get(key)?.value, `"${key}"`) : undefined);
  const isView = members.has('view') && file.readBoolean(members.get('view')?.value, '"view"') === true;
  if (isView) checkView(file, members);
  const key = readKey(file, members, { adopted, isView });
  const sources = readColumns(file, members.get('columns'), adopted);
  if (key.column !== undefined) checkNotRepeated(file, sources, key.column.name);
  const columns = Object.fromEntries(
    [...(key.column === undefined ? [] : [key.column]), ...sources.map((source) => source.column)].map((column) => [
      column.name,
      column,
    ]),
  );
  for (const part of key.names) {
    if (!Object.hasOwn(columns, part.value))
      file.report(part, `"link" names "${part.value}", which is no column of "${name.value}"`);
    else if (columns[part.value]?.nullable)
      file.report(part, `"link" names "${part.value}", which is nullable; the columns of a key are not`);
  }
  if (Object.keys(columns).length > HUB_LIMITS.columnsPerTable)
    file.report(name, `"${name.value}" has more than ${HUB_LIMITS.columnsPerTable} columns`);
  const nativeName = text('nativeName');
  if (nativeName !== undefined) checkDeclaredName(file, nativeName, 'table', adopted);
  return {
    file,
    name,
    nativeName: nativeName?.value === name.value ? undefined : nativeName?.value,
    connection: text('connection') ?? { ...name, value: TABLE_DEFAULT_CONNECTION },
    schema: readNamespace(file, text('schema')),
    isView,
    key: key.key,
    columns: isView ? viewColumns(columns, key.key) : columns,
    indexes: readIndexes(file, members.get('indexes'), { columns, adopted }),
    renamedFrom: text('renamedFrom')?.value,
    description: text('description')?.value,
    references: sources.flatMap(({ name: column, reference }) =>
      reference === undefined ? [] : [{ column: column.value, at: column, reference }],
    ),
    positions: new Map([...key.names, ...sources.map((source) => source.name)].map((place) => [place.value, place])),
  };
}

function readNamespace(file: YamlFile, schema: Located | undefined): string | undefined {
  if (schema?.value === OWN_SCHEMA)
    file.report(schema, `"${OWN_SCHEMA}" is the schema of what Santokit keeps for itself; tables live in others`);
  // Said or not, it is the same place.
  return schema?.value === TABLE_DEFAULT_SCHEMA ? undefined : schema?.value;
}

function readColumns(file: YamlFile, member: Member | undefined, adopted: boolean): ColumnSource[] {
  if (member === undefined || member.value === null) return [];
  const members = file.readMembers(member.value, '"columns"') ?? new Map<string, Member>();
  return [...members.values()].flatMap((column) => {
    checkDeclaredName(file, column.key, 'column', adopted);
    return readColumn(file, column) ?? [];
  });
}

function checkNotRepeated(file: YamlFile, sources: readonly ColumnSource[], key: string): void {
  const repeated = sources.find((source) => source.name.value === key);
  if (repeated !== undefined)
    file.report(repeated.name, `"${key}" is the key under "id" and must not be repeated under "columns"`);
}

interface IndexedTable {
  readonly columns: Readonly<Record<string, Column>>;
  readonly adopted: boolean;
}

function readIndexes(file: YamlFile, member: Member | undefined, table: IndexedTable): TableIndex[] {
  if (member === undefined) return [];
  const indexes = file.readItems(member.value, '"indexes"') ?? [];
  return inOneOrder(indexes.flatMap((node) => readIndex(file, node, table) ?? []));
}

/** Each index once, in an order that does not depend on how they were written down. */
function inOneOrder(indexes: readonly TableIndex[]): TableIndex[] {
  const byText = new Map(
    indexes.map((index) => [JSON.stringify([index.columns, index.unique, index.where, index.name]), index]),
  );
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, index]) => index);
}

function readIndex(file: YamlFile, node: Node | null, { columns, adopted }: IndexedTable): TableIndex | undefined {
  const members = file.readMapping(node, 'an index', ['columns', 'unique', 'where', 'name']);
  if (members === undefined) return undefined;
  const names = file.readTexts(members.get('columns')?.value ?? node, '"columns" of an index') ?? [];
  if (names.length === 0) return file.report(node, 'An index needs "columns": a list of at least one');
  for (const name of names)
    if (!Object.hasOwn(columns, name.value))
      file.report(name, `An index names "${name.value}", which is no column of the table`);
  const unique = members.has('unique') ? file.readBoolean(members.get('unique')?.value, '"unique"') : false;
  const where = members.has('where') ? file.readText(members.get('where')?.value, '"where"') : undefined;
  // An index that is there already has whatever the database took.
  if (where !== undefined && !adopted && !isOneExpression(where.value))
    file.report(where, 'The "where" of an index must be one SQL expression, without comments');
  const name = members.has('name') ? file.readText(members.get('name')?.value, '"name"') : undefined;
  return {
    columns: names.map((column) => column.value),
    unique: unique ?? false,
    ...(where === undefined ? {} : { where: where.value }),
    ...(name === undefined ? {} : { name: name.value }),
  };
}
