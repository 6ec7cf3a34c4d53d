import type { Column, Json, Table } from '@santokit/contract';
import fc from 'fast-check';
import { constant, type Made, type Members, made } from './drawn-params.ts';
import type { NamedColumns } from './named-columns.ts';
import { randomWhere } from './random-filters.ts';

/** Params of an insert of one row or of a list, in which rows leave out what they may, each as it likes. */
export function insertParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  const row = rowOf(sendable(table, columns, 'insert'), table);
  const rows = fc.tuple(row, row).map(
    ([one, other]): Made =>
      (draw) => [one(draw), other(draw)],
  );
  return record({ data: fc.oneof(row, rows), returning: returningOf(table) }, ['data']);
}

/** The same for an upsert, all rows with the same columns; undefined where nothing tells rows apart that the caller sends. */
export function upsertParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> | undefined {
  const sent = sendable(table, columns, 'upsert');
  const unique = sent.find(({ unique: isUnique }) => isUnique === true);
  const key = table.key.columns;
  const conflict = key.every((name) => sent.some((column) => column.name === name)) ? key : unique && [unique.name];
  if (conflict === undefined) return undefined;
  const named = fc.shuffledSubarray([...conflict], { minLength: conflict.length });
  return cellsOf(sent, table).chain((cells) => {
    const row = made(cells);
    const data = fc.constantFrom<Made>(row, (draw) => [row(draw), row(draw)]);
    const parts = {
      data,
      conflict: constant(named),
      update: constant(fc.shuffledSubarray(Object.keys(cells))),
      returning: returningOf(table),
    };
    return record(parts, conflict === key ? ['data'] : ['data', 'conflict']);
  });
}

/** Params of an update, with values, nulls and changes that are made of the old value. */
export function updateParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  const free = sendable(table, columns, 'update').filter(({ name }) => !table.key.columns.includes(name));
  const comparable = columns.compared(table);
  const data = fc
    .subarray(free, { minLength: Math.min(1, free.length) })
    .chain((chosen) => fc.tuple(...chosen.map((column) => assignment(column, comparable.includes(column)))))
    .map((entries) => made(Object.fromEntries(entries)));
  return joined(record({ data, returning: returningOf(table) }, ['data']), rowsMeant(table, columns));
}

export function deleteParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  return joined(record({ returning: returningOf(table) }, []), rowsMeant(table, columns));
}

function record(parts: Readonly<Record<string, fc.Arbitrary<Made>>>, required: string[]): fc.Arbitrary<Members> {
  return fc.record<Members>(parts, { requiredKeys: required });
}

/** What can be sent: no key that is generated. */
function sendable(table: Table, columns: NamedColumns, operation: 'insert' | 'update' | 'upsert'): readonly Column[] {
  const { generate, columns: key } = table.key;
  const isGenerated = generate !== undefined && generate !== 'client';
  return columns.written(table, operation).filter(({ name }) => !(isGenerated && key.includes(name)));
}

function rowOf(columns: readonly Column[], table: Table): fc.Arbitrary<Made> {
  return cellsOf(columns, table).map(made);
}

/** Cells of what a row must have, and of some of the rest. */
function cellsOf(columns: readonly Column[], table: Table): fc.Arbitrary<Members> {
  const isOptional = ({ name, nullable, default: fallback }: Column) =>
    (nullable || fallback !== undefined) && !table.key.columns.includes(name);
  return fc.subarray(columns.filter(isOptional)).chain((chosen) => {
    const sent = columns.filter((column) => chosen.includes(column) || !isOptional(column));
    return fc.tuple(...sent.map(cell)).map((entries): Members => Object.fromEntries(entries));
  });
}

function cell(column: Column): fc.Arbitrary<readonly [string, Made]> {
  const drawn: Made = (draw) => draw(column.type, column);
  const value = column.nullable ? fc.constantFrom<Made>(drawn, drawn, () => null) : fc.constant(drawn);
  return value.map((each) => [column.name, each] as const);
}

function assignment(column: Column, isComparable: boolean): fc.Arbitrary<readonly [string, Made]> {
  const { name, type, enum: values } = column;
  const changes: Made[] = [];
  if (['int', 'bigint', 'float', 'decimal', 'json'].includes(type))
    changes.push((draw) => ({ $inc: draw(type === 'json' ? 'int' : type) }));
  if (type === 'array')
    changes.push(
      (draw) => ({ $append: draw(type, column) }),
      (draw) => ({ $append: (draw(type, column) as readonly Json[])[0] ?? null }),
    );
  if (changes.length === 0 || values !== undefined || !isComparable) return cell(column);
  return fc.oneof(
    cell(column),
    fc.constantFrom(...changes).map((change) => [name, change] as const),
  );
}

/** `where`, `all`, or both. */
function rowsMeant(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  const all: Made = () => true;
  const where = randomWhere(table, 1, columns);
  return fc.oneof(
    where.map((each): Members => ({ where: each })),
    where.map((each): Members => ({ where: each, all })),
    fc.constant<Members>({ all }),
  );
}

function joined(one: fc.Arbitrary<Members>, other: fc.Arbitrary<Members>): fc.Arbitrary<Members> {
  return fc.tuple(one, other).map(([some, rest]) => ({ ...some, ...rest }));
}

function returningOf(table: Table): fc.Arbitrary<Made> {
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(table.columns)), { minLength: 1, maxLength: 3 });
  return constant(fc.oneof(fc.boolean(), some));
}
