import type { Json, Schema } from '@santokit/contract';
import fc from 'fast-check';
import { table } from '../../../../statement/testing/shop.ts';

/** What rows hold and filters compare with; null is added where a column takes it. */
const VALUES: Readonly<Record<string, readonly Json[]>> = {
  title: ['', 'a', 'A', 'b', 'ab'],
  note: ['', 'a', 'b'],
  status: ['draft', 'published', 'gone'],
  done: [false, true],
  sure: [false, true],
  n: [-2_147_483_648, -1, 0, 1, 2, 2_147_483_647],
  small: [-32_768, -32_767, 0, 32_766, 32_767],
  big: ['-9223372036854775808', '0', '1', '9223372036854775807'],
  amount: ['0', '0.0', '1.5', '1.50', '-3'],
  ratio: [0, 0.1, 1, -1e300],
  at: ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5Z', '2024-01-01T01:00:00+01:00', '2025-01-01T00:00:00Z'],
  day: ['2024-01-01', '2024-01-02', '2024-01-03'],
  ref: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '10000000-0000-0000-0000-00000000000a',
  ],
  folded: ['a', 'A', 'b', ''],
  padded: ['a', 'a ', 'b'],
  rough: [0.1, 0.10000000001, 2],
  doc: [{}, { x: 1 }, { x: null }, { x: 'a' }],
  tags: [[], ['a'], ['a', 'b']],
  parent_id: ['b1', 'b2', 'b3'],
};

/** Boxes lie in boxes. They have a column of each kind that a filter tells apart in a way of its own. */
export const BOXES: Schema = {
  boxes: table(
    'boxes',
    {
      id: { type: 'string' },
      title: { type: 'string' },
      note: { type: 'string', nullable: true },
      status: { type: 'string', enum: ['draft', 'published', 'gone'] },
      done: { type: 'boolean' },
      sure: { type: 'boolean', nullable: true },
      n: { type: 'int' },
      small: { type: 'int', native: 'int2', nullable: true },
      big: { type: 'bigint' },
      amount: { type: 'decimal' },
      ratio: { type: 'float', nullable: true },
      at: { type: 'timestamp' },
      day: { type: 'date', nullable: true },
      ref: { type: 'uuid' },
      folded: { type: 'string', native: 'citext' },
      padded: { type: 'string', native: 'character(3)' },
      rough: { type: 'float', native: 'real' },
      doc: { type: 'json', nullable: true },
      tags: { type: 'array', items: { type: 'string' } },
      parent_id: { type: 'string', nullable: true },
    },
    {
      relations: {
        parent: { kind: 'one', table: 'boxes', column: 'parent_id', targetColumn: 'id' },
        contents: { kind: 'many', table: 'boxes', column: 'id', targetColumn: 'parent_id' },
      },
    },
  ),
};

export const BOXES_DDL = [
  'create extension citext',
  `create table boxes (
    id text primary key, title text not null collate "en-x-icu", note text, status text not null, done boolean not null, sure boolean,
    n integer not null, small smallint, big bigint not null, amount numeric not null, ratio double precision,
    at timestamptz not null, day date, ref uuid not null, folded citext not null, padded character(3) not null,
    rough real not null, doc jsonb, tags jsonb not null, parent_id text
  )`,
];

/** Columns of texts, which patterns search. */
export const SEARCHED = ['title', 'note', 'folded'];

const columns = BOXES.boxes?.columns ?? {};

/** A row whose values are mostly those that filters compare with, else some that none names. */
export function randomBox(): fc.Arbitrary<Readonly<Record<string, Json>>> {
  const others: Readonly<Record<string, readonly Json[]>> = {
    title: ['zz', '%', ' '],
    note: ['zz'],
    n: [7, -7],
    small: [5],
    big: ['77'],
    amount: ['0.25', '99'],
    ratio: [0.05],
    at: ['2023-01-01T00:00:00Z', '2024-06-01T00:00:00Z'],
    day: ['1999-01-01', '2124-01-01'],
    ref: ['20000000-0000-0000-0000-000000000000'],
    folded: ['zz', 'B'],
    rough: [1.5],
    doc: [{ y: 1 }, [], 'text', null],
    parent_id: ['none'],
  };
  const record: Record<string, fc.Arbitrary<Json>> = {};
  for (const [name, values] of Object.entries(VALUES)) {
    const nullable = columns[name]?.nullable === true ? [null] : [];
    record[name] = fc.constantFrom<Json>(...values, ...(others[name] ?? []), ...nullable);
  }
  return fc.record(record);
}

/** A filter on boxes that is likelier than most to hold always; of those that search columns, the searches may be empty. */
export function randomFilter(searched: readonly string[] = []): fc.Arbitrary<Json> {
  const names = searched.length === 0 ? Object.keys(VALUES) : [...searched, 'done', 'n'];
  const columnTest = (name: string) => testOf(name, searched.includes(name));
  const anyOfColumn = (name: string) =>
    fc.array(columnTest(name), { minLength: 2, maxLength: 4 }).map(($or): Json => ({ $or }));
  const { filter } = fc.letrec<{ filter: Json; test: Json }>((tie) => {
    const several = fc.array(tie('filter'), { minLength: 1, maxLength: 4 });
    return {
      test: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...names).chain(columnTest) },
        {
          weight: 1,
          arbitrary: fc.constantFrom<Json>('a', 1, null, { $isNotNull: true }, { $gt: 0 }).map((x) => ({ 'doc.x': x })),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom<Json>(
            { contents: {} },
            { contents: null },
            { parent: { n: 1 } },
            { parent: null },
          ),
        },
      ),
      filter: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'filter' },
        { weight: 3, arbitrary: tie('test') },
        { weight: 1, arbitrary: tie('filter').map(($not): Json => ({ $not })) },
        { weight: 1, arbitrary: several.map(($and): Json => ({ $and })) },
        { weight: 2, arbitrary: several.map(($or): Json => ({ $or })) },
        { weight: 2, arbitrary: tie('filter').map((x): Json => ({ $or: [x, { $not: x }] })) },
        { weight: 3, arbitrary: fc.constantFrom(...names).chain(anyOfColumn) },
      ),
    };
  });
  return filter;
}

function testOf(name: string, isSearched: boolean): fc.Arbitrary<Json> {
  const type = columns[name]?.type;
  const values = VALUES[name] ?? [];
  const value = fc.constantFrom<Json>(...values);
  const tests: fc.Arbitrary<Json>[] = [
    fc.record({ $eq: value }),
    fc.record({ $ne: value }),
    fc.constantFrom<Json>(null, { $isNull: false }),
  ];
  if (type !== 'json' && type !== 'array') {
    const list = fc.uniqueArray(value, { minLength: 1, maxLength: values.length });
    tests.push(fc.record({ $in: list }), fc.record({ $notIn: list }));
    if (type !== 'boolean')
      for (const operator of ['$gt', '$gte', '$lt', '$lte']) tests.push(value.map((x): Json => ({ [operator]: x })));
  } else {
    // Of a document's members, none is a search that was left empty.
    const parts = type === 'json' ? values.filter((held) => Object.keys(held ?? {}).length > 0) : values;
    tests.push(fc.record({ $contains: fc.constantFrom<Json>(...parts) }));
  }
  if (type === 'string') {
    const searches = isSearched ? ['', 'a', '%', '_%', '%%', '_', '%_%', '%__'] : ['a', '%b', '_'];
    for (const operator of ['$startsWith', '$endsWith', '$contains', '$like', '$ilike'])
      tests.push(fc.constantFrom(...searches).map((x): Json => ({ [operator]: x })));
  }
  return fc.oneof(...tests).map((test): Json => ({ [name]: test }));
}
