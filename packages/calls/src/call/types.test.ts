import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(() => blog.database.sql.unsafe('truncate samples'));
afterAll(() => blog.close());

/** Column, value sent, value answered (the same where it is left out). */
const CASES: [column: string, sent: Json, answered?: Json][] = [
  ['s', ''],
  ['s', 'a"b\\c\n\u2028\u{1f600}'],
  ['s', "'; drop table samples; --"],
  ['s', '{}'],
  ['i', 0],
  ['i', -2147483648],
  ['i', 2147483647],
  ['b', '0'],
  ['b', '9223372036854775807'],
  ['b', '-9223372036854775808'],
  ['f', 0.1],
  ['f', -1e-300],
  ['f', 1.7976931348623157e308],
  ['f', 5e-324],
  ['d', '0.10'],
  ['d', '-9999999999.99'],
  ['d', '12', '12.00'],
  ['t', true],
  ['t', false],
  ['j', { a: [1, 'x', null, { b: true }], ü: '\u{1f600}' }],
  ['j', 'text'],
  ['j', 5],
  ['j', false],
  ['j', []],
  ['ts', '2024-02-29T23:59:59.123456Z'],
  ['ts', '2024-01-01T00:30:00.5+02:00', '2023-12-31T22:30:00.5Z'],
  ['ts', '2024-01-01T00:00:00.123456000Z', '2024-01-01T00:00:00.123456Z'],
  ['ts', '0001-01-01T00:00:00Z'],
  ['ts', '9999-12-31T23:59:59.999999Z'],
  ['lts', '2024-02-29T23:59:59.120000Z', '2024-02-29T23:59:59.12Z'],
  ['lts', '2024-01-01T00:30:00+02:00', '2023-12-31T22:30:00Z'],
  ['day', '2024-02-29'],
  ['day', '0001-01-01'],
  ['u', '0190A0B0-0000-7000-8000-000000000001', '0190a0b0-0000-7000-8000-000000000001'],
  ['x', ''],
  ['x', 'AP9B'],
  ['x', 'gA=='],
  ['tags', []],
  ['tags', ['a"b', '\\{}', ',']],
  ['nums', []],
  ['nums', [1, -2, 3]],
  ['fixed', 'abcde'],
  ['fixed', 'ab', 'ab   '],
];

describe('values', () => {
  it.each(CASES)(
    '%s keeps %j, alone, in a list, when compared and when expanded',
    async (column: string, sent: Json, answered: Json = sent) => {
      const one = await blog.json('db/samples/insert', { data: { id: 1, [column]: sent } });
      expect(one.data[column]).toEqual(answered);
      const many = await blog.json('db/samples/insert', { data: [{ id: 2, [column]: sent }, { id: 3 }] });
      expect(many.data.map((row: Record<string, unknown>) => row[column])).toEqual([answered, null]);
      await blog.json('db/samples/update', { where: { id: 3 }, data: { [column]: sent } });
      const found = await blog.json('db/samples/select', {
        select: ['id', column],
        where: { [column]: { $eq: sent } },
        orderBy: { id: 'asc' },
      });
      expect(found.data).toEqual([1, 2, 3].map((id) => ({ id, [column]: answered })));
    },
  );

  it.each([
    ['s', 5],
    ['s', true],
    ['s', {}],
    ['s', []],
    ['s', 'a\u0000'],
    ['s', '\udc00'],
    ['i', '1'],
    ['i', 1.5],
    ['i', 2147483648],
    ['i', Number.POSITIVE_INFINITY],
    ['i', true],
    ['b', 1],
    ['b', '9223372036854775808'],
    ['b', '1.0'],
    ['b', '01'],
    ['b', ''],
    ['b', '1e3'],
    ['b', ' 1'],
    ['f', '1'],
    ['f', Number.POSITIVE_INFINITY],
    ['f', 'NaN'],
    ['d', 1],
    ['d', '1e2'],
    ['d', '1.234'],
    ['d', '12345678901'],
    ['d', 'NaN'],
    ['d', '.5'],
    ['d', '1.'],
    ['d', ''],
    ['d', '+1'],
    ['t', 'true'],
    ['t', 0],
    ['j', { a: '\u0000' }],
    ['j', { '\ud800': 1 }],
    ['j', [Number.POSITIVE_INFINITY]],
    ['ts', '2024-01-01'],
    ['ts', '2024-01-01T00:00:00'],
    ['ts', '2023-02-29T00:00:00Z'],
    ['ts', '2024-01-01T24:00:00Z'],
    ['ts', '2024-01-01T00:00:00.1234567Z'],
    ['ts', 'now'],
    ['ts', 'infinity'],
    ['ts', 0],
    ['ts', '0001-01-01T00:00:00+01:00'],
    ['day', '2024-02-30'],
    ['day', '2024-1-1'],
    ['day', 'today'],
    ['day', '0000-01-01'],
    ['u', 'x'],
    ['u', '0190a0b000007000800000000000001'],
    ['x', 'A'],
    ['x', 'AP9'],
    ['x', 'AP9C='],
    ['x', 'gB=='],
    ['x', 'A-_='],
    ['x', 5],
    ['tags', 'a'],
    ['tags', ['toolong']],
    ['tags', [5]],
    ['tags', [null]],
    ['nums', [1.5]],
    ['nums', ['1']],
    ['nums', {}],
  ])('%s refuses %j, naming the column and not the value', async (column, value) => {
    const thrown = await blog
      .call('db/samples/insert', { data: { id: 1, [column]: value as never } })
      .catch((error) => error);
    expect(thrown).toMatchObject({ code: 'BAD_REQUEST', details: { column } });
    expect(await blog.refusal('db/samples/insert', { data: [{ id: 1, [column]: value as never }, { id: 2 }] })).toMatch(
      /^BAD_REQUEST data\[0\]: /,
    );
  });

  it('answers what JSON has no number for as null, and keeps what only the database can write', async () => {
    await blog.database.sql.unsafe(
      `insert into samples (id, f, ts, d, nums) values (1, 'NaN', 'infinity', '0.5', '{{1,2},{3,NULL}}'), (2, '-Infinity', '0044-03-15 12:00:00+00 BC', null, '[0:1]={1,2}')`,
    );
    const { data } = await blog.json('db/samples/select', { select: ['f', 'ts', 'nums'], orderBy: { id: 'asc' } });
    expect(data).toEqual([
      {
        f: null,
        ts: 'infinity',
        nums: [
          [1, 2],
          [3, null],
        ],
      },
      { f: null, ts: expect.stringContaining('BC'), nums: [1, 2] },
    ]);
  });

  it('finds by containment in lists and documents', async () => {
    await blog.json('db/samples/insert', {
      data: [
        { id: 1, tags: ['a', 'b'], nums: [1, 2], j: { a: { b: 1 }, c: 2 } },
        { id: 2, tags: ['c'], nums: [], j: null },
      ],
    });
    for (const where of [
      { tags: { $contains: ['a'] } },
      { tags: { $contains: 'b' } },
      { nums: { $contains: [2] } },
      { nums: { $contains: 1 } },
      { j: { $contains: { a: { b: 1 } } } },
    ])
      expect((await blog.json('db/samples/select', { select: ['id'], where: where as never })).data).toEqual([
        { id: 1 },
      ]);
  });

  it.each([
    [{ tags: { $contains: 5 } }, 'tags[0] must be a string'],
    [{ tags: { $contains: ['a', true] } }, 'tags[1] must be a string'],
    [{ tags: ['a', {}] }, 'tags[1] must be a string'],
    [{ nums: { $contains: '1' } }, 'nums[0] must be an integer'],
    [{ nums: [1.5] }, 'nums[0] must be an integer'],
  ])('compares lists only with what they can hold: %j is refused', async (where, refusal) => {
    expect(await blog.refusal('db/samples/select', { where: where as never })).toBe(`BAD_REQUEST ${refusal}`);
  });

  it.each([{ tags: ['a', null] }, { tags: { $contains: [null] } }, { tags: [['a'], ['b', null]] }])(
    'compares lists with what only rows of others hold: %j',
    async (where) => {
      const { data } = await blog.json('db/samples/select', { where });
      expect(data).toEqual([]);
    },
  );

  it('compares lists with texts of any length, because only what is stored has bounds', async () => {
    const { data } = await blog.json('db/samples/select', { where: { tags: { $contains: 'far too long' } } });
    expect(data).toEqual([]);
  });
});
