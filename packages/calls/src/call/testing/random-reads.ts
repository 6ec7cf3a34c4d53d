import type { Column, Json, Table } from '@santokit/contract';
import fc from 'fast-check';
import { BLOG_SCHEMA } from './blog.ts';
import { constant, type Made, type Members, made, rowCount, someOf } from './drawn-params.ts';
import type { NamedColumns } from './named-columns.ts';
import { randomTest, randomWhere } from './random-filters.ts';

/** Names of figures, which stand in the statement. */
export const FIGURES = ['n', 'figure_1', 'it"s', "it's", '*', 'sum(x)', '😀', 'a; drop table posts'] as const;

/** Params of a select, with all that it can have but a cursor. */
export function selectParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  const distinct = fc.uniqueArray(fc.constantFrom(...sortable(table, columns)), { minLength: 1, maxLength: 2 });
  return someOf({
    ...readParams(table, 2, columns),
    offset: fc.constant(rowCount),
    count: fc.constant(() => 'exact'),
    distinct: constant(distinct),
  });
}

export function countParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  return someOf({ where: randomWhere(table, 2, columns) });
}

/** Params of an aggregation: figures of every function that a column's type has, with conditions on them. */
export function aggregateParams(table: Table, columns: NamedColumns): fc.Arbitrary<Members> {
  const compared = columns.compared(table);
  const grouped = compared.filter(({ type }) => type !== 'json' && type !== 'array');
  const groupBy = fc.uniqueArray(fc.constantFrom(...grouped.map(({ name }) => name)), { maxLength: 2 });
  const figures = fc.dictionary(fc.constantFrom(...FIGURES), fc.constantFrom(...compared).chain(figureOf), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  return fc.tuple(groupBy, figures).chain(([groups, asked]) => {
    const figure = fc.constantFrom(...Object.entries(asked));
    const condition = figure.chain(([name, { tested }]) => tested.map((test): Made => made({ [name]: test })));
    const optional = {
      where: randomWhere(table, 1, columns),
      having: fc.oneof(
        condition,
        fc.tuple(condition, condition).map(
          (either): Made =>
            (draw) => ({ $or: either.map((one) => one(draw)) }),
        ),
      ),
      orderBy: constant(fc.dictionary(fc.constantFrom(...Object.keys(asked), ...groups), direction, { maxKeys: 2 })),
      limit: fc.constant(rowCount),
    };
    const aggregate = Object.fromEntries(Object.entries(asked).map(([name, { figure: each }]) => [name, each]));
    return someOf(optional).map(
      (members): Members => ({ aggregate: () => aggregate, groupBy: () => groups, ...members }),
    );
  });
}

interface Figure {
  readonly figure: Json;
  /** What `having` asks of it. */
  readonly tested: fc.Arbitrary<Made>;
}

function figureOf({ name, type }: Column): fc.Arbitrary<Figure> {
  const figures: fc.Arbitrary<Figure>[] = [fc.constant({ figure: { $count: '*' }, tested: randomTest('int') })];
  const add = (functions: readonly string[], tested: fc.Arbitrary<Made>) =>
    figures.push(fc.constantFrom(...functions).map((each) => ({ figure: { [each]: name }, tested })));
  add(['$count'], randomTest('int'));
  if (type !== 'json' && type !== 'array') add(['$countDistinct'], randomTest('int'));
  if (type === 'int' || type === 'bigint' || type === 'decimal') add(['$sum', '$avg'], randomTest('decimal'));
  if (type === 'float') add(['$sum', '$avg'], randomTest('float'));
  if (!['json', 'array', 'boolean', 'uuid', 'bytes'].includes(type)) add(['$min', '$max'], randomTest(type));
  return fc.oneof(...figures);
}

const direction = fc.constantFrom<Json>('asc', 'desc', { dir: 'desc', nulls: 'last' }, { dir: 'asc', nulls: 'first' });

function sortable(table: Table, columns: NamedColumns): string[] {
  return columns.compared(table).flatMap(({ type, name }) => (type === 'json' ? [] : [name]));
}

function readParams(table: Table, depth: number, columns: NamedColumns): Readonly<Record<string, fc.Arbitrary<Made>>> {
  const shown = fc.uniqueArray(fc.constantFrom(...Object.keys(table.columns)), { minLength: 1, maxLength: 4 });
  return {
    select: constant(shown),
    where: randomWhere(table, depth, columns),
    orderBy: constant(fc.dictionary(fc.constantFrom(...sortable(table, columns)), direction, { maxKeys: 3 })),
    limit: fc.constant(rowCount),
    expand: depth === 0 ? constant(fc.constant({})) : expand(table, depth - 1, columns),
  };
}

function expand(table: Table, depth: number, columns: NamedColumns): fc.Arbitrary<Made> {
  const entries = Object.entries(table.relations).map(([name, relation]) => {
    const target = BLOG_SCHEMA[relation.table];
    if (target === undefined) throw new Error(`The blog has ${relation.table}`);
    const { select, expand: nested, ...rest } = readParams(target, depth, columns);
    const ofOne = { ...(select && { select }), ...(nested && { expand: nested }) };
    const options = someOf(relation.kind === 'one' ? ofOne : { ...ofOne, ...rest });
    return options.map((members) => made({ [name]: made(members) }));
  });
  return entries.length === 0 ? constant(fc.constant({})) : fc.oneof(...entries);
}
