import type { Column, Relation, Table } from '@santokit/contract';

/**
 * Names the ways along foreign keys, to one and back to many. To one: the column without its `_id`, else the table that it leads to;
 * to many: the table that it comes from. A name that a column or another relation has is passed over.
 */
export function withRelations(tables: readonly Table[]): Table[] {
  const relations = new Map(tables.map((table) => [table.name, new Map<string, Relation>()]));
  const sources = tables.flatMap((table) => referring(table).map((column) => ({ table, column })));
  const byName = new Map(tables.map((table) => [table.name, table]));
  const taken = (table: Table, name: string) =>
    Object.hasOwn(table.columns, name) || relations.get(table.name)?.has(name) === true;
  const chosen = sources.map(({ table, column }) => {
    const { references } = column;
    const name = firstFree(toOneNames(column), (candidate) => taken(table, candidate));
    const one: Relation = {
      kind: 'one',
      table: references.table,
      column: column.name,
      targetColumn: references.column,
    };
    relations.get(table.name)?.set(name, one);
    return { table, column, name };
  });
  for (const { table, column, name } of chosen) {
    const target = byName.get(column.references.table);
    if (target === undefined) continue;
    const inverse = firstFree([table.name, `${table.name}_by_${name}`], (candidate) => taken(target, candidate));
    const many: Relation = {
      kind: 'many',
      table: table.name,
      column: column.references.column,
      targetColumn: column.name,
    };
    relations.get(target.name)?.set(inverse, many);
  }
  return tables.map((table) => ({ ...table, relations: Object.fromEntries(relations.get(table.name) ?? []) }));
}

type ReferringColumn = Column & { readonly references: NonNullable<Column['references']> };

function referring(table: Table): ReferringColumn[] {
  return Object.values(table.columns).filter((column): column is ReferringColumn => column.references !== undefined);
}

function toOneNames(column: ReferringColumn): string[] {
  const stem = column.name.replace(/(_id|_?Id|_fk)$/, '');
  const target = column.references.table;
  return [...(stem === '' || stem === column.name ? [] : [stem]), target, `${column.name}_${target}`];
}

function firstFree(names: readonly string[], isTaken: (name: string) => boolean): string {
  const free = names.find((name) => !isTaken(name));
  if (free !== undefined) return free;
  for (let count = 2; ; count++) {
    const candidate = `${names.at(-1)}_${count}`;
    if (!isTaken(candidate)) return candidate;
  }
}
