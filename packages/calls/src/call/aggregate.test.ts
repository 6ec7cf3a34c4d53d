import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', '+49123456'), ('u2', 'Bob', 'bob@x.org', null);
    insert into posts (id, author_id, title, status, likes, note, created_at) values
      ('p1', 'u1', 'One', 'published', 3, null, '2024-01-01 00:00:00.123456+00'),
      ('p2', 'u1', 'Two', 'draft', 0, 'n', '2024-01-02 00:00:00+00'),
      ('p3', 'u2', 'Three', 'published', 7, 'n', '2024-01-03 10:00:00.5+02');
    insert into samples (id, i, b, f, d, u) values
      (1, 2147483647, 9223372036854775807, 0.5, 0.10, 'b0000000-0000-4000-8000-00000000000a'),
      (2, 2147483647, 9223372036854775807, 0.25, 0.20, '0A000000-0000-4000-8000-00000000000b'),
      (3, null, null, null, null, null), (4, -1, 0, 0.5, 0.00, '9f000000-0000-4000-8000-000000000000');
  `);
});
afterAll(() => blog.close());

function nested(depth: number): Json {
  return depth === 0 ? { n: 1 } : { $not: nested(depth - 1) };
}

describe('count', () => {
  it.each([
    [{}, 3],
    [{ where: { status: 'published' } }, 2],
    [{ where: { id: 'nope' } }, 0],
  ])('of %j is %d', async (params, count) => {
    expect(await blog.json('db/posts/count', params)).toEqual({ data: { count } });
  });

  it('takes where and nothing else', async () => {
    expect(await blog.refusal('db/posts/count', { limit: 1 })).toMatch(/^BAD_REQUEST Unknown param: "limit"/);
  });
});

describe('aggregate', () => {
  it('gives the figures of each group', async () => {
    const { data } = await blog.json('db/posts/aggregate', {
      groupBy: ['status'],
      aggregate: {
        n: { $count: '*' },
        notes: { $count: 'note' },
        total: { $sum: 'likes' },
        mean: { $avg: 'likes' },
        first: { $min: 'title' },
        last: { $max: 'created_at' },
        authors: { $countDistinct: 'author_id' },
      },
      orderBy: { status: 'desc' },
    });
    expect(data).toEqual([
      {
        status: 'published',
        n: 2,
        notes: 1,
        total: '10',
        mean: '5',
        first: 'One',
        last: '2024-01-03T08:00:00.5Z',
        authors: 2,
      },
      {
        status: 'draft',
        n: 1,
        notes: 1,
        total: '0',
        mean: '0',
        first: 'Two',
        last: '2024-01-02T00:00:00Z',
        authors: 1,
      },
    ]);
  });

  it('gives one row of all rows where there are no groups, also of none', async () => {
    const aggregate = { n: { $count: '*' }, total: { $sum: 'likes' } };
    expect(await blog.json('db/posts/aggregate', { aggregate })).toEqual({ data: [{ n: 3, total: '10' }] });
    expect(await blog.json('db/posts/aggregate', { aggregate, where: { id: 'nope' } })).toEqual({
      data: [{ n: 0, total: null }],
    });
  });

  it('sums exactly, beyond what a number holds', async () => {
    const aggregate = { i: { $sum: 'i' }, b: { $sum: 'b' }, d: { $sum: 'd' }, f: { $sum: 'f' }, least: { $min: 'b' } };
    expect(await blog.json('db/samples/aggregate', { aggregate, where: { id: { $lte: 3 } } })).toEqual({
      data: [{ i: '4294967294', b: '18446744073709551614', d: '0.30', f: 0.75, least: '9223372036854775807' }],
    });
  });

  it.each([
    [{ id: { $lte: 3 } }, { i: '2147483647', b: '9223372036854775807', d: '0.15', f: 0.375 }],
    [{ id: { $gte: 1 } }, { i: '1431655764.33333333', b: '6148914691236517205', d: '0.1' }],
    [{ id: 4 }, { i: '-1', b: '0', d: '0', f: 0.5 }],
    [{ id: 3 }, { i: null, b: null, d: null, f: null }],
  ])('gives means without zeros behind them: where %j, %j', async (where, means) => {
    const aggregate = Object.fromEntries(Object.keys(means).map((name) => [name, { $avg: name }]));
    expect((await blog.json('db/samples/aggregate', { where, aggregate })).data).toEqual([means]);
  });

  it('finds the least and the greatest UUID, and compares with it', async () => {
    const [least, most] = ['0a000000-0000-4000-8000-00000000000b', 'b0000000-0000-4000-8000-00000000000a'];
    const aggregate = { least: { $min: 'u' }, most: { $max: 'u' } };
    const data = [{ least, most }];
    expect(await blog.json('db/samples/aggregate', { aggregate })).toEqual({ data });
    const having = { least: { $lt: most }, most: { $eq: most.toUpperCase() } };
    expect(await blog.json('db/samples/aggregate', { aggregate, having, orderBy: { least: 'asc' } })).toEqual({ data });
  });

  it.each([
    [[], 'having must be an object'],
    [{ $no: 1 }, 'Unknown operator in having: "$no"'],
    [{ n: {} }, 'having.n holds no operator'],
    [{ $or: [] }, '$or must list at least one condition'],
    [nested(11), 'having is nested more than 10 deep'],
    [{ $and: Array.from({ length: 51 }, () => ({ n: 1 })) }, 'having has more than 50 conditions'],
  ])('says "having" of what is wrong there: %j', async (having, message) => {
    const aggregate = { n: { $count: '*' } };
    expect(await blog.refusal('db/posts/aggregate', { aggregate, having: having as Json })).toBe(
      `BAD_REQUEST ${message}`,
    );
  });

  it.each([
    [{ n: { $gte: 2 } }, ['u1']],
    [{ author_id: 'u2' }, ['u2']],
    [{ $or: [{ total: '7' }, { n: 5 }] }, ['u2']],
    [{ $not: { total: { $gt: '3' } } }, ['u1']],
    [{ last: { $lt: '2024-01-02T12:00:00Z' } }, ['u1']],
    [{ total: 7 }, ['u2']],
    [{ total: { $gt: 2.5, $lte: '6.9' } }, ['u1']],
    [{ total: { $in: ['3', 9] } }, ['u1']],
    [{ total: { $ne: null }, n: { $in: [1] } }, ['u2']],
  ])('keeps the groups that have %j', async (having, authors) => {
    const aggregate = { n: { $count: '*' }, total: { $sum: 'likes' }, last: { $max: 'created_at' } };
    const { data } = await blog.json('db/posts/aggregate', {
      groupBy: ['author_id'],
      aggregate,
      having,
      orderBy: { n: 'desc', author_id: 'asc' },
    });
    expect(data.map(({ author_id }: { author_id: string }) => author_id)).toEqual(authors);
  });

  it('sorts by figures, and gives as many groups as are asked for', async () => {
    const call = (limit: number) =>
      blog.json('db/posts/aggregate', {
        groupBy: ['author_id'],
        aggregate: { total: { $sum: 'likes' } },
        orderBy: { total: 'desc' },
        limit,
      });
    expect(await call(1)).toEqual({ data: [{ author_id: 'u2', total: '7' }] });
    expect((await call(2)).data).toHaveLength(2);
  });

  it('orders what the call leaves level by what it is grouped by, so that a limit always cuts at the same place', async () => {
    const groups = async (orderBy: Json) =>
      (await blog.json('db/posts/aggregate', { groupBy: ['author_id', 'status'], orderBy })).data.map(
        ({ author_id, status }: Record<string, string>) => `${author_id} ${status}`,
      );
    expect(await groups([])).toEqual(['u1 draft', 'u1 published', 'u2 published']);
    expect(await groups({ status: 'desc' })).toEqual(['u2 published', 'u1 published', 'u1 draft']);
  });

  it.each([
    [{}, 'BAD_REQUEST aggregate must hold at least one figure'],
    [{ aggregate: { n: { $count: '*', $sum: 'likes' } } }, 'BAD_REQUEST aggregate.n must be one function'],
    [{ aggregate: { n: { $median: 'likes' } } }, 'BAD_REQUEST Unknown function in aggregate.n: "$median"'],
    [{ aggregate: { n: { $sum: '*' } } }, 'BAD_REQUEST Unknown column: "*"'],
    [{ aggregate: { n: { $sum: 'nope' } } }, 'BAD_REQUEST Unknown column: "nope"'],
    [{ aggregate: { n: { $sum: 'title' } } }, 'BAD_REQUEST $sum does not apply to a column of type string'],
    [{ aggregate: { n: { $sum: 1 } } }, 'BAD_REQUEST $sum in aggregate.n takes the name of a column'],
    [{ aggregate: { '': { $count: '*' } } }, 'BAD_REQUEST "" is no name for a figure'],
    [{ aggregate: { $or: { $count: '*' } } }, 'BAD_REQUEST "$or" is no name for a figure'],
    [{ aggregate: { 'a\u0000': { $count: '*' } } }, 'is no name for a figure'],
    [{ aggregate: { '\ud800': { $count: '*' } } }, 'is no name for a figure'],
    [{ aggregate: { ['ü'.repeat(32)]: { $count: '*' } } }, 'is no name for a figure: 1 to 63 bytes of text'],
    [
      { aggregate: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, { $count: '*' }])) },
      'BAD_REQUEST aggregate holds more than 50 figures',
    ],
    [{ aggregate: { n: { $sum: 'likes' } }, having: { n: true } }, 'BAD_REQUEST n must be a decimal as a string'],
    [{ aggregate: { status: { $count: '*' } }, groupBy: ['status'] }, 'BAD_REQUEST aggregate and groupBy both name'],
    [{ aggregate: { n: { $count: '*' } }, having: { likes: 1 } }, 'BAD_REQUEST Unknown column: "likes"'],
    [{ aggregate: { n: { $count: '*' } }, having: { n: 'x' } }, 'BAD_REQUEST n must be an integer'],
    [{ aggregate: { n: { $count: '*' } }, orderBy: { likes: 'asc' } }, 'BAD_REQUEST Unknown column: "likes"'],
    [{ groupBy: 'status' }, 'BAD_REQUEST groupBy must be a list of columns'],
    [{ groupBy: ['nope'] }, 'BAD_REQUEST Unknown column: "nope"'],
    [{ aggregate: { n: { $count: '*' } }, limit: 10_001 }, 'BAD_REQUEST limit must be at most 10000'],
    [{ aggregate: { n: { $count: '*' } }, offset: 1 }, 'BAD_REQUEST Unknown param: "offset"'],
  ])('%j is refused: %s', async (params, refusal) => {
    expect(await blog.refusal('db/posts/aggregate', params as never)).toContain(refusal);
  });

  it('takes any name for a figure that is one', async () => {
    const aggregate = JSON.parse('{"__proto__":{"$count":"*"},"constructor":{"$max":"likes"}}');
    const { body } = await blog.call('db/posts/aggregate', { aggregate });
    expect(String(body)).toBe('{"data":[{"__proto__":3,"constructor":7}]}');
    const names = ['n"; drop table posts; --', "'", 'a.b', '*', 'id', 'ü'.repeat(31), '\u{1f600} of all', 'c0', 't0'];
    const params = {
      aggregate: Object.fromEntries(names.map((name) => [name, { $count: '*' }])),
      having: Object.fromEntries(names.map((name) => [name, { $gte: 3 }])),
      orderBy: names.map((name) => ({ [name]: 'desc' })),
    };
    expect((await blog.json('db/posts/aggregate', params)).data).toEqual([
      Object.fromEntries(names.map((name) => [name, 3])),
    ]);
  });
});

describe('figures under rules', () => {
  it('may bear the name of a hidden column, and show nothing of it', async () => {
    const params = { aggregate: { likes: { $count: '*' } }, having: { likes: 2 }, orderBy: { likes: 'asc' } };
    expect(await blog.json('db/posts/aggregate', params, reader)).toEqual({ data: [{ likes: 2 }] });
  });

  it("are of all rows in reach, however few of them the rule's limit lets one call read", async () => {
    blog.serve({ posts: { select: [{ roles: ['public'], limit: 1 }] } });
    expect((await blog.json('db/posts/count', {})).data).toEqual({ count: 3 });
    const params = { groupBy: ['status'], aggregate: { n: { $count: '*' } }, limit: 5 };
    expect((await blog.json('db/posts/aggregate', params)).data).toEqual([{ status: 'draft', n: 1 }]);
  });

  const reader = user('u1');
  beforeEach(() => {
    blog.serve({
      ...EVERYTHING,
      users: { select: [{ roles: ['authenticated'], columns: ['id', 'phone'], mask: { phone: 'last4' } }] },
      posts: {
        select: [
          {
            roles: ['authenticated'],
            columns: ['id', 'status', 'author_id'],
            condition: {
              kind: 'call',
              operator: '==',
              type: 'bool',
              arguments: [
                { kind: 'column', name: 'author_id', type: 'string', nullable: false },
                { kind: 'request', path: ['auth', 'sub'], type: 'string' },
              ],
            },
          },
        ],
      },
    });
  });
  afterAll(() => blog.serve(EVERYTHING));

  it('are of the rows that the caller may select', async () => {
    expect(await blog.json('db/posts/count', {}, reader)).toEqual({ data: { count: 2 } });
    const { data } = await blog.json('db/posts/aggregate', { aggregate: { n: { $count: '*' } } }, reader);
    expect(data).toEqual([{ n: 2 }]);
  });

  it.each([
    ['db/posts/aggregate', { aggregate: { n: { $sum: 'likes' } } }, 'a figure of a hidden column'],
    ['db/posts/aggregate', { aggregate: { n: { $count: 'note' } } }, 'a count of a hidden column'],
    ['db/posts/aggregate', { groupBy: ['note'] }, 'groups by a hidden column'],
    ['db/posts/aggregate', { aggregate: { n: { $count: '*' } }, where: { likes: 7 } }, 'a hidden column in where'],
    ['db/posts/count', { where: { likes: 7 } }, 'a count by a hidden column'],
    ['db/users/aggregate', { aggregate: { n: { $max: 'phone' } } }, 'a figure of a masked column'],
    ['db/users/aggregate', { aggregate: { n: { $countDistinct: 'phone' } } }, 'the number of masked values'],
    ['db/users/aggregate', { groupBy: ['phone'] }, 'groups by a masked column'],
    ['db/users/aggregate', { groupBy: ['id'], orderBy: { phone: 'asc' } }, 'an order of groups by a masked column'],
    ['db/posts/aggregate', { groupBy: ['status'], orderBy: { likes: 'asc' } }, 'an order of groups by a hidden column'],
    ['db/posts/aggregate', { groupBy: ['status'], having: { $or: [{ note: 'n' }] } }, 'having of a hidden column'],
    ['db/comments/count', {}, 'a count of what may not be selected'],
    ['db/comments/aggregate', { aggregate: { n: { $count: '*' } } }, 'a figure of what may not be selected'],
  ])('%s %j is forbidden: %s', async (path, params, _) => {
    expect(await blog.refusal(path, params as never, reader)).toMatch(/^FORBIDDEN/);
  });
});
