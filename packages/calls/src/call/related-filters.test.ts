import type { Expression } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', '+49123456'), ('u2', 'Bob', 'bob@x.org', null), ('u3', 'Cyd', 'cyd@x.org', null);
    insert into posts (id, author_id, title, status, likes) values
      ('p1', 'u1', 'One', 'published', 3), ('p2', 'u1', 'Two', 'draft', 0), ('p3', 'u2', 'Three', 'published', 7);
    insert into comments (post_id, author_id, body) values ('p1', 'u2', 'a'), ('p1', null, 'b'), ('p3', 'u1', 'c');
    insert into samples (id, j) values
      (1, '{"theme": "dark", "size": 12, "on": true, "tags": ["a", "b"], "deep": {"er": {"x": 1}}}'),
      (2, '{"theme": "light", "size": 9, "on": false, "gone": null, "tags": []}'),
      (3, '{"theme": 5, "size": "12"}'), (4, null), (5, '"text"'), (6, '[{"a": "first"}]');
  `);
});
afterAll(() => blog.close());

async function idsOf(table: string, where: object, as?: Parameters<ServedBlog['json']>[2]): Promise<unknown[]> {
  const { data } = await blog.json(
    `db/${table}/select`,
    { select: ['id'], where, orderBy: { id: 'asc' } } as never,
    as,
  );
  return data.map((row: { id: unknown }) => row.id);
}

describe('a filter by related rows', () => {
  it.each([
    ['posts', { author: { name: 'Ann' } }, ['p1', 'p2']],
    ['posts', { author: { name: { $startsWith: 'B' } }, status: 'published' }, ['p3']],
    ['posts', { author: {} }, ['p1', 'p2', 'p3']],
    ['posts', { author: null }, []],
    ['posts', { $not: { author: { name: 'Ann' } } }, ['p3']],
    ['posts', { comments: { body: 'a' } }, ['p1']],
    ['posts', { comments: {} }, ['p1', 'p3']],
    ['posts', { comments: null }, ['p2']],
    ['posts', { comments: { author: { name: 'Bob' } } }, ['p1']],
    ['posts', { comments: { author: null } }, ['p1']],
    ['posts', { comments: { $and: [{ body: 'a' }, { body: 'b' }] } }, []],
    ['posts', { $and: [{ comments: { body: 'a' } }, { comments: { body: 'b' } }] }, ['p1']],
    ['posts', { $or: [{ author: { email: 'bob@x.org' } }, { likes: 0 }] }, ['p2', 'p3']],
    ['users', { posts: { comments: { body: 'c' } } }, ['u2']],
    ['users', { posts: { comments: { author: { id: 'u1' } } } }, ['u2']],
    ['users', { posts: null }, ['u3']],
  ])('of %s by %j finds %j', async (table, where, ids) => {
    expect(await idsOf(table, where)).toEqual(ids);
  });

  it('holds for counts, aggregates, updates and deletes, too', async () => {
    const where = { author: { name: 'Ann' } };
    expect(await blog.json('db/posts/count', { where })).toEqual({ data: { count: 2 } });
    const aggregate = { n: { $count: '*' } };
    expect(await blog.json('db/posts/aggregate', { where, aggregate })).toEqual({ data: [{ n: 2 }] });
    const update = { where: { author: { name: 'Ann' }, likes: 0 }, data: { note: 'seen' } };
    expect(await blog.json('db/posts/update', update)).toEqual({ data: { affected: 1 } });
    expect(await blog.json('db/posts/delete', { where: { author: { name: 'Nobody' } } })).toEqual({
      data: { affected: 0 },
    });
    const { data, meta } = await blog.json('db/posts/select', { where, select: ['id'], count: 'exact' });
    expect([data.length, meta.count]).toEqual([2, 2]);
  });

  it('that every row passes does not bound a write', async () => {
    expect(await blog.refusal('db/posts/delete', { where: { author: {} } })).toMatch(/^BAD_REQUEST where is absent/);
    expect(await blog.refusal('db/posts/delete', { where: { author: { name: { $like: '%' } } } })).toMatch(
      /^BAD_REQUEST where is absent/,
    );
  });

  it.each([
    [{ author: 'Ann' }, 'BAD_REQUEST The relation "author" takes conditions on its rows'],
    [{ author: { nope: 1 } }, 'BAD_REQUEST Unknown column: "nope"'],
    [{ author: { $eq: 'u1' } }, 'BAD_REQUEST Unknown operator in where: "$eq"'],
    [{ author: { posts: { comments: { author: {} } } } }, 'BAD_REQUEST where goes at most 3 relations deep'],
    [
      { comments: { $or: Array.from({ length: 51 }, () => ({ body: 'a' })) } },
      'BAD_REQUEST where has more than 50 conditions',
    ],
  ])('%j is refused: %s', async (where, refusal) => {
    expect(await blog.refusal('db/posts/select', { where } as never)).toContain(refusal);
  });
});

describe('a filter by related rows under rules', () => {
  const reader = user('u1');
  const own: Expression = {
    kind: 'call',
    operator: '==',
    type: 'bool',
    arguments: [
      { kind: 'column', name: 'author_id', type: 'string', nullable: true },
      { kind: 'request', path: ['auth', 'sub'], type: 'string' },
    ],
  };
  const never: Expression = {
    kind: 'call',
    operator: '==',
    type: 'bool',
    arguments: [
      { kind: 'request', path: ['env'], type: 'string' },
      { kind: 'constant', type: 'string', value: 'elsewhere' },
    ],
  };
  const all = [{ roles: ['public'] }];
  afterAll(() => blog.serve(EVERYTHING));

  it('may not name a column that the related table’s rule hides or masks', async () => {
    blog.serve({
      posts: { select: all, delete: all },
      users: { select: [{ roles: ['public'], columns: ['id', 'name', 'phone'], mask: { phone: 'last4' } }] },
    });
    for (const where of [{ author: { email: 'ann@x.org' } }, { author: { phone: '+49123456' } }])
      for (const operation of ['select', 'count', 'delete'])
        expect(await blog.refusal(`db/posts/${operation}`, { where }, reader)).toMatch(/^FORBIDDEN/);
  });

  it('does not match rows that the caller may not see', async () => {
    blog.serve({ posts: { select: all }, comments: { select: [{ roles: ['public'], condition: own }] } });
    expect(await idsOf('posts', { comments: {} }, reader)).toEqual(['p3']);
    expect(await idsOf('posts', { comments: { body: 'a' } }, reader)).toEqual([]);
    expect(await idsOf('posts', { comments: null }, reader)).toEqual(['p1', 'p2']);
    expect(await blog.json('db/posts/count', { where: { comments: { body: 'a' } } }, reader)).toEqual({
      data: { count: 0 },
    });
  });

  it('is opened by the relation, not by the columns that it follows', async () => {
    blog.serve({
      posts: { select: [{ roles: ['public'], columns: ['id', 'title'] }] },
      comments: { select: [{ roles: ['public'], columns: ['body'] }] },
      users: { select: [{ roles: ['public'], columns: ['name'] }] },
    });
    expect(await idsOf('posts', { author: { name: 'Bob' } }, reader)).toEqual(['p3']);
    expect(await idsOf('posts', { comments: { body: 'a' } }, reader)).toEqual(['p1']);
    const expanded = { where: { id: 'p3' }, expand: { author: true, comments: true } };
    expect((await blog.json('db/posts/select', expanded, reader)).data).toEqual([
      { id: 'p3', title: 'Three', author: { name: 'Bob' }, comments: [{ body: 'c' }] },
    ]);
    expect(await blog.refusal('db/posts/select', { where: { author_id: 'u2' } }, reader)).toMatch(/^FORBIDDEN/);
  });

  it('is forbidden where the related table may not be selected', async () => {
    blog.serve({ posts: { select: all } });
    expect(await blog.refusal('db/posts/select', { where: { author: {} } }, reader)).toMatch(/^FORBIDDEN/);
    blog.serve({ posts: { select: all }, users: { select: [{ roles: ['public'], condition: never }] } });
    expect(await blog.refusal('db/posts/select', { where: { author: {} } }, reader)).toMatch(/^FORBIDDEN/);
  });
});

describe('a filter by a path into json', () => {
  it.each([
    [{ 'j.theme': 'dark' }, [1]],
    [{ 'j.theme': 5 }, [3]],
    [{ 'j.size': 12 }, [1]],
    [{ 'j.size': 12.0 }, [1]],
    [{ 'j.size': '12' }, [3]],
    [{ 'j.on': true }, [1]],
    [{ 'j.deep.er.x': 1 }, [1]],
    [{ 'j.deep': { $eq: { er: { x: 1 } } } }, [1]],
    [{ 'j.tags.1': 'b' }, [1]],
    [{ 'j.0.a': 'first' }, [6]],
    [{ 'j.gone': null, id: { $lte: 3 } }, [1, 2, 3]],
    [{ 'j.on': { $isNotNull: true } }, [1, 2]],
    [{ 'j.gone': { $isNotNull: true } }, []],
    [{ 'j.theme': { $ne: 'dark' } }, [2, 3]],
    [{ 'j.size': { $gt: 10 } }, [1]],
    [{ 'j.size': { $lte: 12 } }, [1, 2]],
    [{ 'j.size': { $gte: '1' } }, [3]],
    [{ 'j.theme': { $in: ['light', 5] } }, [2, 3]],
    [{ 'j.theme': { $notIn: ['light', 5] } }, [1]],
    [{ 'j.theme': { $like: 'd_rk' } }, [1]],
    [{ 'j.theme': { $ilike: 'D%' } }, [1]],
    [{ 'j.theme': { $startsWith: '5' } }, []],
    [{ 'j.tags': { $contains: ['a'] } }, [1]],
    [{ $not: { 'j.theme': 'dark' }, id: { $lte: 3 } }, [2, 3]],
    [{ $not: { 'j.gone': { $isNotNull: true } }, id: { $lte: 3 } }, [1, 2, 3]],
    [{ $not: { 'j.gone': 1 } }, []],
    [{ $not: { 'j.gone': { $in: [1, 2] } } }, []],
    [{ 'j.gone': { $ne: 1 } }, []],
    [{ 'j.gone': { $notIn: [1] } }, []],
  ])('%j finds %j', async (where, ids) => {
    expect(await idsOf('samples', where)).toEqual(ids);
  });

  it.each([
    [{ 'j.': 1 }, 'BAD_REQUEST The path "j." has an empty part'],
    [{ 'j..a': 1 }, 'BAD_REQUEST The path "j..a" has an empty part'],
    [{ 's.a': 1 }, 'BAD_REQUEST Unknown column: "s.a"'],
    [{ 'nope.a': 1 }, 'BAD_REQUEST Unknown column: "nope.a"'],
    [{ 'j.a': { $gt: true } }, 'BAD_REQUEST A path in j is ordered by texts and numbers'],
    [{ 'j.a': { $in: [null] } }, 'BAD_REQUEST A path in j is compared with'],
    [{ 'j.a': { $nope: 1 } }, 'BAD_REQUEST Unknown operator: "$nope"'],
    [{ 'j.a': { $gt: null } }, 'BAD_REQUEST $gt does not take null'],
    [{ 'j.a': { $like: 5 } }, 'BAD_REQUEST j must be a string'],
    [{ 'j.a': { b: 1 } }, 'BAD_REQUEST Unknown operator: "b"'],
  ])('%j is refused: %s', async (where, refusal) => {
    expect(await blog.refusal('db/samples/select', { where } as never)).toContain(refusal);
  });

  it('may not lead into a hidden column', async () => {
    blog.serve({ samples: { select: [{ roles: ['public'], columns: ['id', 's'] }] } });
    expect(await blog.refusal('db/samples/select', { where: { 'j.theme': 'dark' } }, user('u1'))).toMatch(/^FORBIDDEN/);
    blog.serve(EVERYTHING);
  });
});
