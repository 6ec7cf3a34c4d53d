import {
  type Column,
  DECLARED_IDENTIFIER,
  type Json,
  type ProjectFile,
  type Relation,
  type Schema,
  TABLE_DEFAULT_CONNECTION,
  type Table,
  type ValueSpec,
} from '@santokit/contract';
import { Document, isMap, isSeq, visit } from 'yaml';

/** Renders tables as schema files, one each, leaving out what is default: the inverse of reading them. */
export function renderSchema(schema: Schema): ProjectFile[] {
  const paths = new Set<string>();
  return Object.values(schema).map((table) => ({
    path: filePath(table.name, paths),
    content: renderTable(table, schema),
  }));
}

// Names differ in what file systems do not: case, slashes, reserved characters.
function filePath(name: string, taken: Set<string>): string {
  const safe = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '_') || '_';
  let path = `schema/${safe}.yaml`;
  for (let i = 2; taken.has(path); i++) path = `schema/${safe}_${i}.yaml`;
  taken.add(path);
  return path;
}

function renderTable(table: Table, schema: Schema): string {
  const document = new Document(
    {
      version: 1,
      ...(hasOwnNames(table) ? {} : { adopted: true }),
      tables: { [table.name]: tableEntry(table, schema) },
    },
    { aliasDuplicateObjects: false },
  );
  flowLeaves(document, table);
  quoteUnprintable(document);
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

function hasOwnNames(table: Table): boolean {
  return [table.name, table.nativeName ?? table.name, ...Object.keys(table.columns)].every((name) =>
    DECLARED_IDENTIFIER.test(name),
  );
}

function tableEntry(table: Table, schema: Schema): Record<string, unknown> {
  const keyColumn = table.key.generate === undefined ? undefined : table.columns[table.key.columns[0] ?? ''];
  const key = keyColumn === undefined ? linkEntry(table) : { id: idEntry(keyColumn, table) };
  const columns = Object.values(table.columns).filter((column) => column !== keyColumn);
  return {
    ...(table.connection === TABLE_DEFAULT_CONNECTION ? {} : { connection: table.connection }),
    ...pick(table, ['nativeName', 'schema', 'view']),
    ...(table.renamedFrom === undefined ? {} : { renamedFrom: table.renamedFrom }),
    ...pick(table, ['description']),
    ...key,
    columns: Object.fromEntries(columns.map((column) => [column.name, columnEntry(column, table, schema)])),
    ...(table.indexes.length === 0
      ? {}
      : { indexes: table.indexes.map(({ unique, ...index }) => (unique ? { ...index, unique } : index)) }),
  };
}

/** A view may do without a key. */
function linkEntry({ key }: Table): Record<string, unknown> {
  return key.columns.length === 0 ? {} : { link: key.columns };
}

function idEntry(column: Column, table: Table): Record<string, unknown> {
  const { generate } = table.key;
  const fallbackType = generate === 'auto_increment' ? 'bigint' : 'string';
  return {
    name: column.name,
    ...(table.view ? {} : { generate }),
    ...(column.type === fallbackType ? {} : { type: column.type }),
    ...pick(column, ['maxLength', 'native', 'renamedFrom', 'description']),
    ...(column.default?.kind === 'native' ? { nativeDefault: column.default.sql } : {}),
  };
}

function columnEntry(column: Column, table: Table, schema: Schema): Record<string, unknown> {
  return {
    ...valueEntry(column),
    ...pick(column, ['native']),
    ...(column.nullable && !table.view ? { nullable: true } : {}),
    ...defaultEntry(column),
    ...pick(column, ['enforce', 'unique']),
    ...(column.references === undefined ? {} : { references: referenceEntry(column, table, schema) }),
    ...(column.file === undefined ? {} : { bucket: column.file.bucket, onDelete: column.file.onDelete }),
    ...pick(column, ['renamedFrom', 'description', 'deprecated', 'disabled', 'sensitive', 'readOnly']),
  };
}

function valueEntry(spec: ValueSpec): Record<string, unknown> {
  return {
    type: spec.type,
    ...pick(spec, ['enum', 'minLength', 'maxLength', 'pattern', 'format', 'min', 'max', 'precision', 'scale']),
    ...(spec.items === undefined ? {} : { items: itemsEntry(spec.items) }),
  };
}

function itemsEntry(items: ValueSpec): unknown {
  const entry = valueEntry(items);
  return Object.keys(entry).length === 1 && items.type !== 'array' ? items.type : entry;
}

function defaultEntry({ default: fallback }: Column): Record<string, Json> {
  switch (fallback?.kind) {
    case undefined:
      return {};
    case 'native':
      return { nativeDefault: fallback.sql };
    case 'literal':
      return { default: fallback.value };
    case 'now':
    case 'uuid_v4':
      return { default: fallback.kind };
  }
}

function referenceEntry(column: Column, table: Table, schema: Schema): Record<string, unknown> {
  const { references } = column;
  if (references === undefined) return {};
  const target = schema[references.table];
  const isKey = target?.key.columns.length === 1 && target.key.columns[0] === references.column;
  const as = relationName(table, {
    kind: 'one',
    table: references.table,
    column: column.name,
    targetColumn: references.column,
  });
  const inverse =
    target === undefined
      ? undefined
      : relationName(target, { kind: 'many', table: table.name, column: references.column, targetColumn: column.name });
  return {
    table: references.table,
    ...(isKey ? {} : { column: references.column }),
    ...(as === references.table || as === undefined ? {} : { as }),
    ...(inverse === undefined ? {} : { inverse }),
    ...(references.onDelete === 'restrict' ? {} : { onDelete: references.onDelete }),
    ...(references.onUpdate === 'restrict' ? {} : { onUpdate: references.onUpdate }),
  };
}

function relationName(table: Table, wanted: Relation): string | undefined {
  const found = Object.entries(table.relations).find(
    ([, relation]) =>
      relation.kind === wanted.kind &&
      relation.table === wanted.table &&
      relation.column === wanted.column &&
      relation.targetColumn === wanted.targetColumn,
  );
  return found?.[0];
}

function pick<T extends object>(from: T, keys: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]]))) as Partial<T>;
}

/** One line a column, an index or a key, as people write them. */
function flowLeaves(document: Document, table: Table): void {
  const at = ['tables', table.name];
  for (const path of [
    [...at, 'id'],
    [...at, 'link'],
    ...Object.keys(table.columns).map((name) => [...at, 'columns', name]),
  ]) {
    const node = document.getIn(path, true);
    if (isMap(node) || isSeq(node)) node.flow = true;
  }
  for (const [i] of table.indexes.entries()) {
    const node = document.getIn([...at, 'indexes', i], true);
    if (isMap(node)) node.flow = true;
  }
}

/** Unquoted, the `yaml` package (2.9) writes texts with line breaks into `{ }` in a way that it does not read back. */
function quoteUnprintable(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && /[\p{C}\p{Zl}\p{Zp}]/u.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
}
