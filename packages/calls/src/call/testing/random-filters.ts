import type { LogicalType, Relation, Table } from '@santokit/contract';
import fc from 'fast-check';
import { BLOG_SCHEMA } from './blog.ts';
import { constant, type Made, type Members, made } from './drawn-params.ts';
import type { NamedColumns } from './named-columns.ts';

const TEXTUAL = ['$like', '$ilike', '$startsWith', '$endsWith', '$contains'] as const;
const ORDERED = ['$gt', '$gte', '$lt', '$lte'] as const;
const SCALAR_LISTS = ['$in', '$notIn'] as const;

/** Conditions on rows of a table, nested, with paths into documents and related rows. */
export function randomWhere(table: Table, depth: number, columns: NamedColumns): fc.Arbitrary<Made> {
  const compared = columns.compared(table);
  const column = fc
    .constantFrom(...compared)
    .chain(({ name, type }) => randomTest(type).map((tested): Members => ({ [name]: tested })));
  const parts: fc.Arbitrary<Members>[] = [column, column];
  if (compared.some(({ type }) => type === 'json')) parts.push(PATH);
  if (depth > 0) parts.push(...nested(table, depth - 1, columns));
  return fc.tuple(fc.oneof(...parts), fc.oneof(...parts)).map(([a, b]) => made({ ...a, ...b }));
}

/** What a column of the type is asked, with or without an operator. */
export function randomTest(type: LogicalType): fc.Arbitrary<Made> {
  const isPlain = type !== 'json' && type !== 'array';
  const operators: string[] = ['$eq', '$ne'];
  if (isPlain) operators.push(...SCALAR_LISTS);
  if (!['json', 'array', 'boolean', 'bytes'].includes(type)) operators.push(...ORDERED);
  if (type === 'string') operators.push(...TEXTUAL);
  if (!isPlain) operators.push('$contains');
  return fc.oneof(
    fc.constantFrom(...operators).map((operator) => comparison(operator, type)),
    fc.constant<Made>((draw) => (isPlain ? draw(type) : { $eq: draw(type) })),
    constant(fc.constantFrom(null, { $isNull: true }, { $isNotNull: true })),
  );
}

function comparison(operator: string, type: LogicalType): Made {
  const isList = operator === '$in' || operator === '$notIn';
  return (draw) => ({ [operator]: isList ? [draw(type), draw(type)] : draw(type) });
}

const PATH: fc.Arbitrary<Members> = fc
  .constantFrom('$eq', '$ne', ...ORDERED, ...SCALAR_LISTS, ...TEXTUAL, '$isNull', '$isNotNull')
  .map((operator) => ({
    'j.deep.er': operator.endsWith('Null') ? () => ({ [operator]: true }) : comparison(operator, 'string'),
  }));

function nested(table: Table, depth: number, columns: NamedColumns): fc.Arbitrary<Members>[] {
  const inner = randomWhere(table, depth, columns);
  const parts: fc.Arbitrary<Members>[] = [
    fc
      .constantFrom('$and', '$or')
      .chain((name) => inner.map((one): Members => ({ [name]: (draw) => [one(draw), one(draw)] }))),
    inner.map((one): Members => ({ $not: one })),
  ];
  const relations = Object.entries(table.relations);
  if (relations.length > 0) parts.push(fc.constantFrom(...relations).chain((each) => related(each, depth, columns)));
  return parts;
}

function related([name, { table }]: [string, Relation], depth: number, columns: NamedColumns): fc.Arbitrary<Members> {
  const target = BLOG_SCHEMA[table];
  if (target === undefined) throw new Error(`The blog has ${table}`);
  return randomWhere(target, depth, columns).map((one) => ({ [name]: one }));
}
