import type { Column, Json, LogicalType, Table } from '@santokit/contract';
import fc from 'fast-check';
import { BLOG_SCHEMA } from './blog.ts';

/** A call whose structure is fixed and whose values are drawn anew each time it is made. */
export interface RandomCall {
  readonly path: string;
  readonly params: (draw: Draw) => Json;
  /** Names of figures, which stand in the statement. */
  readonly named: readonly string[];
}

/** Gives a value of a type, which a column takes where there is one; no two draws agree. */
export type Draw = (type: LogicalType, column?: Column) => Json;

type Made = (draw: Draw) => Json;
type Members = Readonly<Record<string, Made>>;

const TABLES = Object.values(BLOG_SCHEMA);
const TEXTUAL = ['$like', '$ilike', '$startsWith', '$endsWith', '$contains'] as const;
const ORDERED = ['$gt', '$gte', '$lt', '$lte'] as const;
const SCALAR_LISTS = ['$in', '$notIn'] as const;

/** Valid calls of every operation on every table of the blog. */
export function randomCall(): fc.Arbitrary<RandomCall> {
  return fc
    .constantFrom(...TABLES)
    .chain((table) => fc.oneof(select(table), count(table), aggregate(table), write(table)));
}

/** Valid calls that write. */
export function randomWrite(): fc.Arbitrary<RandomCall> {
  return fc.constantFrom(...TABLES).chain(write);
}

/** Valid upserts. */
export function randomUpsert(): fc.Arbitrary<RandomCall> {
  return fc.constantFrom(...TABLES.filter(canUpsert)).chain(upsert);
}

function call(table: Table, operation: string, params: fc.Arbitrary<Members>, named: readonly string[] = []) {
  return params.map((members): RandomCall => ({ path: `db/${table.name}/${operation}`, params: made(members), named }));
}

function select(table: Table): fc.Arbitrary<RandomCall> {
  return call(table, 'select', readParams(table, 2, true));
}

function readParams(table: Table, depth: number, isTop: boolean): fc.Arbitrary<Members> {
  const column = fc.constantFrom(...Object.keys(table.columns));
  const sortable = fc.constantFrom(...Object.values(table.columns).filter(({ type }) => type !== 'json'));
  const direction = fc.constantFrom<Json>(
    'asc',
    'desc',
    { dir: 'desc', nulls: 'last' },
    { dir: 'asc', nulls: 'first' },
  );
  const orderBy = fc.dictionary(
    sortable.map(({ name }) => name),
    direction,
    { maxKeys: 3 },
  );
  const base = {
    select: constant(fc.uniqueArray(column, { minLength: 1, maxLength: 4 })),
    where: where(table, depth),
    orderBy: constant(orderBy),
    limit: fc.constant(() => 7),
    expand: depth === 0 ? constant(fc.constant({})) : expand(table, depth),
  };
  const top = {
    offset: fc.constant(() => 3),
    count: fc.constant(() => 'exact'),
    distinct: constant(
      fc.uniqueArray(
        sortable.map(({ name }) => name),
        { minLength: 1, maxLength: 2 },
      ),
    ),
  };
  return fc.record<Members>(isTop ? { ...base, ...top } : base, { requiredKeys: [] });
}

function expand(table: Table, depth: number): fc.Arbitrary<Made> {
  const relations = Object.entries(table.relations);
  if (relations.length === 0) return constant(fc.constant({}));
  const entries = relations.map(([name, relation]) => {
    const target = BLOG_SCHEMA[relation.table];
    if (target === undefined) throw new Error(`The blog has ${relation.table}`);
    const options = readParams(target, depth - 1, false).map((members): Made => {
      const { select: columns, expand: nested, ...rest } = members;
      const one = { ...(columns && { select: columns }), ...(nested && { expand: nested }) };
      return made(relation.kind === 'one' ? one : { ...one, ...rest });
    });
    return options.map((option) => [name, option] as const);
  });
  return fc.oneof(...entries).map(([name, option]) => made({ [name]: option }));
}

function count(table: Table): fc.Arbitrary<RandomCall> {
  return call(table, 'count', fc.record<Members>({ where: where(table, 2) }, { requiredKeys: [] }));
}

function aggregate(table: Table): fc.Arbitrary<RandomCall> {
  const plain = Object.values(table.columns).filter(({ type }) => type !== 'json' && type !== 'array');
  const group = fc.uniqueArray(fc.constantFrom(...plain.map(({ name }) => name)), { maxLength: 2 });
  const params = fc.record<Members>(
    {
      where: where(table, 1),
      groupBy: constant(group),
      aggregate: fc.constant(() => ({
        figure_n: { $count: '*' },
        figure_d: { $countDistinct: plain[0]?.name ?? 'id' },
      })),
      having: fc.constant((draw: Draw) => ({ figure_n: { $gte: draw('int') } })),
      orderBy: fc.constant(() => ({ figure_n: 'desc' })),
      limit: fc.constant(() => 5),
    },
    { requiredKeys: ['aggregate'] },
  );
  return call(table, 'aggregate', params, ['figure_n', 'figure_d']);
}

function write(table: Table): fc.Arbitrary<RandomCall> {
  const some = fc
    .subarray(
      writable(table).filter(({ name }) => !table.key.columns.includes(name)),
      { minLength: 1 },
    )
    .map((chosen) => rowOf(chosen));
  const all = fc.constant(() => true);
  const updates = fc.record<Members>(
    { where: where(table, 1), data: some, all, returning: returning(table) },
    { requiredKeys: ['data', 'all'] },
  );
  const deletes = fc.record<Members>(
    { where: where(table, 1), all, returning: returning(table) },
    { requiredKeys: ['all'] },
  );
  const inserts = given(table).chain((columns) => insertParams(table, columns));
  return fc.oneof(
    call(table, 'insert', inserts),
    canUpsert(table) ? upsert(table) : call(table, 'insert', inserts),
    call(table, 'update', updates),
    call(table, 'delete', deletes),
  );
}

/** By the key, or where that is generated by what else is unique; updates all that is sent, or some of it. */
function upsert(table: Table): fc.Arbitrary<RandomCall> {
  const conflict: Members = hasGeneratedKey(table) ? { conflict: () => uniqueNames(table) } : {};
  const params = given(table).chain((columns) => {
    const update = fc.subarray(columns.map(({ name }) => name)).map((names): Members => ({ update: () => names }));
    return fc
      .tuple(insertParams(table, columns), fc.option(update, { nil: {} }))
      .map(([members, more]) => ({ ...members, ...conflict, ...more }));
  });
  return call(table, 'upsert', params);
}

function canUpsert(table: Table): boolean {
  return !hasGeneratedKey(table) || uniqueNames(table).length === 1;
}

function uniqueNames({ columns }: Table): string[] {
  return Object.values(columns).flatMap(({ name, unique }) => (unique === true ? [name] : []));
}

function insertParams(table: Table, columns: readonly Column[]): fc.Arbitrary<Members> {
  const row = rowOf(columns);
  const data = fc.constantFrom<Made>(row, (draw) => [row(draw), row(draw)]);
  return fc.record<Members>({ data, returning: returning(table) }, { requiredKeys: ['data'] });
}

/** What has to be sent of a row, and some of the rest. */
function given(table: Table): fc.Arbitrary<readonly Column[]> {
  const isOptional = ({ nullable, default: byDefault }: Column) => nullable || byDefault !== undefined;
  return fc
    .subarray(writable(table).filter(isOptional))
    .map((chosen) => writable(table).filter((column) => !isOptional(column) || chosen.includes(column)));
}

function writable(table: Table): readonly Column[] {
  return Object.values(table.columns).filter(
    ({ name }) => !(hasGeneratedKey(table) && table.key.columns.includes(name)),
  );
}

function hasGeneratedKey({ key: { generate } }: Table): boolean {
  return generate !== undefined && generate !== 'client';
}

function rowOf(columns: readonly Column[]): Made {
  return (draw) => Object.fromEntries(columns.map((column) => [column.name, draw(column.type, column)]));
}

function returning(table: Table): fc.Arbitrary<Made> {
  const names = ['id'].filter((name) => name in table.columns);
  return constant(fc.constantFrom<Json>(true, false, names));
}

function where(table: Table, depth: number): fc.Arbitrary<Made> {
  const column = fc
    .constantFrom(...Object.values(table.columns))
    .chain(({ name, type }) => test(type).map((tested): Members => ({ [name]: tested })));
  const path = fc.constantFrom('$eq', '$ne', ...ORDERED).map(
    (operator): Members => ({
      'j.deep.er': (draw) => ({ [operator]: draw('string') }),
    }),
  );
  const parts: fc.Arbitrary<Members>[] = [column, column];
  if ('j' in table.columns) parts.push(path);
  if (depth > 0) {
    const inner = where(table, depth - 1);
    parts.push(
      fc
        .constantFrom('$and', '$or')
        .chain((name) => inner.map((one): Members => ({ [name]: (draw) => [one(draw), one(draw)] }))),
    );
    parts.push(inner.map((one): Members => ({ $not: one })));
    const relations = Object.entries(table.relations);
    if (relations.length > 0)
      parts.push(
        fc.constantFrom(...relations).chain(([name, relation]) => {
          const target = BLOG_SCHEMA[relation.table];
          if (target === undefined) throw new Error(`The blog has ${relation.table}`);
          return where(target, depth - 1).map((one): Members => ({ [name]: one }));
        }),
      );
  }
  return fc.tuple(fc.oneof(...parts), fc.oneof(...parts)).map(([a, b]) => made({ ...a, ...b }));
}

function test(type: LogicalType): fc.Arbitrary<Made> {
  const operators: string[] = ['$eq', '$ne'];
  if (type !== 'json' && type !== 'array') operators.push(...SCALAR_LISTS);
  if (!['json', 'array', 'boolean', 'bytes'].includes(type)) operators.push(...ORDERED);
  if (type === 'string') operators.push(...TEXTUAL);
  if (type === 'json' || type === 'array') operators.push('$contains');
  const compare = fc.constantFrom(...operators).map(
    (operator): Made =>
      (draw) => ({ [operator]: operator === '$in' || operator === '$notIn' ? [draw(type), draw(type)] : draw(type) }),
  );
  const plain: Made = (draw) => (type === 'json' || type === 'array' ? { $eq: draw(type) } : draw(type));
  return fc.oneof(
    compare,
    fc.constant(plain),
    constant(fc.constantFrom<Json>(null, { $isNull: true }, { $isNotNull: true })),
  );
}

function made(members: Members): Made {
  return (draw) => Object.fromEntries(Object.entries(members).map(([name, member]) => [name, member(draw)]));
}

function constant(value: fc.Arbitrary<unknown>): fc.Arbitrary<Made> {
  return value.map((each) => () => each as Json);
}
