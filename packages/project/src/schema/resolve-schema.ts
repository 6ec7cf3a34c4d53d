import type { Column, Relation, Schema, Table } from '@santokit/contract';
import { didYouMean } from '../did-you-mean.ts';
import type { Located, Position } from '../yaml-file.ts';
import type { ReferenceSource } from './read-column.ts';
import type { TableSource } from './read-table.ts';

type Tables = ReadonlyMap<string, TableSource>;
interface Resolved {
  readonly columns: Record<string, Column>;
  readonly relations: Record<string, Relation>;
}

/** Looks up every reference and gives each table its relations; reports what leads nowhere. */
export function resolveSchema(tables: Tables): Schema {
  const resolved = new Map(
    [...tables].map(([name, table]): [string, Resolved] => [name, { columns: { ...table.columns }, relations: {} }]),
  );
  for (const table of tables.values()) {
    for (const { column, at, reference } of table.references)
      resolveReference(tables, resolved, { table, column, at, reference });
  }
  return Object.fromEntries([...tables].map(([name, table]) => [name, toTable(table, resolved.get(name))]));
}

interface PlacedReference {
  readonly table: TableSource;
  readonly column: string;
  readonly at: Position;
  readonly reference: ReferenceSource;
}

function resolveReference(tables: Tables, resolved: ReadonlyMap<string, Resolved>, placed: PlacedReference): void {
  const { table, column, at, reference } = placed;
  const { file } = table;
  const target = tables.get(reference.table.value);
  if (target === undefined) {
    file.report(
      reference.table,
      `"references" names table "${reference.table.value}", which is not declared${didYouMean(reference.table.value, tables.keys())}`,
    );
    return;
  }
  if (target.connection.value !== table.connection.value) {
    file.report(
      reference.table,
      `"${reference.table.value}" is on connection "${target.connection.value}"; references stay inside one connection`,
    );
    return;
  }
  checkViews(placed, target);
  const targetColumn = findTargetColumn(placed, target);
  const own = resolved.get(table.name.value);
  const local = table.columns[column];
  if (targetColumn === undefined || own === undefined || local === undefined) return;
  if (storedType(local) !== storedType(targetColumn)) {
    file.report(
      at,
      `"${column}" is of type ${local.type}, but "${target.name.value}.${targetColumn.name}" is of type ${targetColumn.type}`,
    );
  }
  if (reference.onDelete === 'set_null' && !local.nullable)
    file.report(at, `"onDelete: set_null" needs "nullable: true" on "${column}"`);
  own.columns[column] = {
    ...local,
    references: {
      table: target.name.value,
      column: targetColumn.name,
      onDelete: reference.onDelete,
      onUpdate: reference.onUpdate,
    },
  };
  const as = reference.as ?? { ...at, value: target.name.value };
  addRelation(table, own, as, { kind: 'one', table: target.name.value, column, targetColumn: targetColumn.name });
  const other = resolved.get(target.name.value);
  if (reference.inverse !== undefined && other !== undefined) {
    const relation: Relation = {
      kind: 'many',
      table: table.name.value,
      column: targetColumn.name,
      targetColumn: column,
    };
    addRelation(target, other, reference.inverse, relation, file);
  }
}

/** Relations with a view are ways to read along, which no foreign key stands behind; towards one they need to know its rows apart. */
function checkViews({ table, reference }: PlacedReference, target: TableSource): void {
  const { file } = table;
  if (target.isView && (reference.onDelete !== 'restrict' || reference.onUpdate !== 'restrict'))
    file.report(reference.table, `"${target.name.value}" is a view, so no foreign key leads there to act on changes`);
  if (reference.inverse !== undefined && table.isView && table.key.columns.length === 0)
    file.report(
      reference.inverse,
      `"inverse" leads to the rows of "${table.name.value}", a view whose "id" is not declared: name a column that is unique`,
    );
}

function findTargetColumn({ table, reference, column }: PlacedReference, target: TableSource): Column | undefined {
  if (target.isView && target.key.columns.length === 0)
    return table.file.report(
      reference.table,
      `"${target.name.value}" is a view whose "id" is not declared: name a column of it that is unique`,
    );
  if (reference.column === undefined) {
    const [key, ...more] = target.key.columns;
    if (key !== undefined && more.length === 0) return target.columns[key];
    return table.file.report(
      reference.table,
      `"${target.name.value}" has a key of several columns; "references" of "${column}" must name one "column"`,
    );
  }
  const found = target.columns[reference.column.value];
  return (
    found ??
    table.file.report(
      reference.column,
      `"${target.name.value}" has no column "${reference.column.value}"${didYouMean(reference.column.value, Object.keys(target.columns))}`,
    )
  );
}

function addRelation(
  table: TableSource,
  own: Resolved,
  name: Located,
  relation: Relation,
  reporter = table.file,
): void {
  const where = `table "${table.name.value}"`;
  if (Object.hasOwn(own.columns, name.value)) {
    reporter.report(
      name,
      `The relation "${name.value}" has the name of a column of ${where}; give it another with "${relation.kind === 'one' ? 'as' : 'inverse'}"`,
    );
  } else if (Object.hasOwn(own.relations, name.value)) {
    reporter.report(
      name,
      `${where} has a relation "${name.value}" already; give this one another name with "${relation.kind === 'one' ? 'as' : 'inverse'}"`,
    );
  } else own.relations[name.value] = relation;
}

// A storage key is text to the database.
function storedType(column: Column): string {
  return column.type === 'file' ? 'string' : column.type;
}

function toTable(source: TableSource, resolved: Resolved | undefined): Table {
  return {
    name: source.name.value,
    connection: source.connection.value,
    ...(source.nativeName === undefined ? {} : { nativeName: source.nativeName }),
    ...(source.schema === undefined ? {} : { schema: source.schema }),
    ...(source.isView ? { view: true } : {}),
    key: source.key,
    columns: resolved?.columns ?? source.columns,
    indexes: source.indexes,
    relations: resolved?.relations ?? {},
    ...(source.renamedFrom === undefined ? {} : { renamedFrom: source.renamedFrom }),
    ...(source.description === undefined ? {} : { description: source.description }),
  };
}
