import type { Column, ColumnReference, KeyGenerator, Table, TableIndex } from '@santokit/contract';

export type ColumnParts = Partial<Omit<Column, 'name' | 'references'>> & {
  readonly type: Column['type'];
  readonly references?: Partial<ColumnReference> & { readonly table: string };
};

export interface TableParts {
  readonly id?: { readonly name?: string; readonly generate?: KeyGenerator } & Partial<Pick<Column, 'type' | 'native'>>;
  readonly link?: readonly string[];
  readonly columns?: Readonly<Record<string, ColumnParts>>;
  readonly indexes?: readonly (Partial<TableIndex> & Pick<TableIndex, 'columns'>)[];
  readonly schema?: string;
  readonly nativeName?: string;
  readonly renamedFrom?: string;
  readonly description?: string;
}

/** A declared table as reading its file would give it, everything left out at its default. */
export function declare(name: string, parts: TableParts = {}): Table {
  const { id = {}, link } = parts;
  const generate = id.generate ?? 'ulid';
  const key = {
    name: id.name ?? 'id',
    type: id.type ?? (generate === 'auto_increment' ? ('bigint' as const) : ('string' as const)),
  };
  const keyColumn: Column = { ...key, nullable: false, ...(id.native === undefined ? {} : { native: id.native }) };
  const columns = Object.entries(parts.columns ?? {}).map(([column, spec]): [string, Column] => [
    column,
    columnOf(column, spec),
  ]);
  return {
    name,
    connection: 'main',
    ...(parts.schema === undefined ? {} : { schema: parts.schema }),
    ...(parts.nativeName === undefined ? {} : { nativeName: parts.nativeName }),
    key: link === undefined ? { columns: [key.name], generate } : { columns: link },
    columns: Object.fromEntries(link === undefined ? [[key.name, keyColumn], ...columns] : columns),
    indexes: (parts.indexes ?? []).map((index) => ({ unique: false, ...index })),
    relations: {},
    ...(parts.renamedFrom === undefined ? {} : { renamedFrom: parts.renamedFrom }),
    ...(parts.description === undefined ? {} : { description: parts.description }),
  };
}

function columnOf(name: string, { references, ...spec }: ColumnParts): Column {
  const reference = references && {
    column: 'id',
    onDelete: 'restrict' as const,
    onUpdate: 'restrict' as const,
    ...references,
  };
  return { name, nullable: false, ...spec, ...(reference === undefined ? {} : { references: reference }) };
}
