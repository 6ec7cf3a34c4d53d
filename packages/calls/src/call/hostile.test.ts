import { CALL_OPERATIONS, type Json, StkError } from '@santokit/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
afterAll(() => blog.close());

const NAMES = [
  'id',
  'title',
  'likes',
  'note',
  'created_at',
  'j',
  'tags',
  'nums',
  'x',
  'd',
  'u',
  'author',
  'posts',
  'comments',
  '__proto__',
  'constructor',
  'toString',
  'where',
  'select',
  'orderBy',
  'limit',
  'offset',
  'expand',
  'count',
  'data',
  'returning',
  'all',
  'dir',
  'nulls',
  '',
  '*',
  'a.b',
  'author.posts',
  '"',
  "'; drop table posts; --",
  '$and',
  '$or',
  '$not',
  '$eq',
  '$ne',
  '$gt',
  '$lt',
  '$in',
  '$notIn',
  '$like',
  '$startsWith',
  '$contains',
  '$isNull',
  '$inc',
  '$sum',
  '$count',
  '$max',
  'groupBy',
  'having',
  '$1',
];
const scalar = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '',
    'asc',
    'exact',
    '*',
    'p1',
    '1',
    '\u0000',
    '\ud800',
    '%\\',
    '$1',
    "'",
    '2024-01-01T00:00:00Z',
    '2024-13-01',
    '{}',
    '{"a":1}',
    'AAAA',
  ),
  fc.constantFrom<Json>(...NAMES),
  fc.string({ unit: 'binary' }),
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 4 })
      .map(
        (entries): Json =>
          JSON.parse(
            `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`,
          ),
      ),
  ),
}));
const optional = { requiredKeys: [] };
const where = fc.oneof(value, fc.constant({ id: 'p1' }));
const name = fc.constantFrom(...NAMES);
const columns = fc.oneof(value, fc.array(name, { maxLength: 3 }));
const after = fc.oneof(
  value,
  fc.array(scalar).map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url')),
);
const PARAMS = {
  select: fc.record(
    {
      where,
      select: value,
      orderBy: value,
      expand: value,
      limit: value,
      offset: value,
      count: scalar,
      after,
      distinct: columns,
    },
    optional,
  ),
  count: fc.record({ where }, optional),
  aggregate: fc.record(
    {
      where,
      groupBy: columns,
      aggregate: fc.oneof(value, fc.dictionary(name, fc.record({ $sum: name, $count: name, $max: name }, optional))),
      having: value,
      orderBy: value,
      limit: value,
    },
    optional,
  ),
  insert: fc.record({ data: value, returning: value }, optional),
  upsert: fc.record({ data: value, conflict: columns, update: columns, returning: value }, optional),
  update: fc.record({ where, data: value, returning: value, all: fc.boolean() }, optional),
  delete: fc.record({ where, returning: value, all: fc.boolean() }, optional),
};

it('no input makes a call fail in any way but one that its caller is told', async () => {
  const table = fc.constantFrom('posts', 'samples', 'comments', 'members');
  const calls = fc
    .constantFrom(...CALL_OPERATIONS)
    .chain((operation) => fc.tuple(fc.constant(operation), table, fc.oneof(PARAMS[operation], value)));
  await fc.assert(
    fc.asyncProperty(calls, async ([operation, from, input]) => {
      const target = `db/${from}/${operation}`;
      const outcome = await blog.call(target, input as Json).catch((thrown) => thrown);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(StkError);
        expect(['BAD_REQUEST', 'CONFLICT', 'FORBIDDEN']).toContain((outcome as StkError).code);
      } else JSON.parse(outcome.body);
    }),
    { numRuns: 3_000 },
  );
});

it('each operator over each column is answered or refused', async () => {
  const operators = [
    '$eq',
    '$ne',
    '$gt',
    '$lte',
    '$in',
    '$notIn',
    '$like',
    '$ilike',
    '$startsWith',
    '$endsWith',
    '$contains',
    '$isNull',
  ];
  const operands: Json[] = [
    'x',
    '',
    0,
    1.5,
    true,
    [],
    ['1'],
    [1],
    {},
    { a: 1 },
    '1',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
    'AAAA',
    null,
  ];
  const columns = ['id', 's', 'i', 'b', 'f', 'd', 't', 'j', 'ts', 'lts', 'day', 'u', 'x', 'tags', 'nums', 'fixed'];
  for (const column of columns)
    for (const operator of operators)
      for (const operand of operands)
        expect(await blog.refusal('db/samples/select', { where: { [column]: { [operator]: operand } } })).toMatch(
          /^(answered|BAD_REQUEST)/,
        );
});
