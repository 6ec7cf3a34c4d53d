import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', '+49123456'), ('u2', 'Bob', 'bob@x.org', null);
    insert into posts (id, author_id, title, status, likes, note, created_at) values
      ('p1', 'u1', 'One', 'published', 3, null, '2024-01-01 00:00:00.123456+00'),
      ('p2', 'u1', '100%_x', 'draft', 0, 'n', '2024-01-02 00:00:00+00'),
      ('p3', 'u2', 'Three', 'published', 7, 'n', '2024-01-03 10:00:00.5+02');
    insert into comments (post_id, author_id, body) values ('p1', 'u2', 'a'), ('p1', null, 'b'), ('p3', 'u1', 'c');
  `);
});
afterAll(() => blog.close());

async function ids(where: object): Promise<string[]> {
  const { data } = await blog.json('db/posts/select', {
    select: ['id'],
    where: where as never,
    orderBy: { id: 'asc' },
  });
  return data.map((row: { id: string }) => row.id);
}

describe('select', () => {
  it('answers every column of every row by default', async () => {
    expect(String((await blog.call('db/users/select', {})).body)).toBe(
      '{"data":[{"id":"u1","name":"Ann","email":"ann@x.org","phone":"+49123456"},{"id":"u2","name":"Bob","email":"bob@x.org","phone":null}]}',
    );
  });

  it.each([
    [{ id: 'p1' }, ['p1']],
    [{ note: null }, ['p1']],
    [{ note: { $eq: null } }, ['p1']],
    [{ note: { $ne: null } }, ['p2', 'p3']],
    [{ note: { $isNull: true } }, ['p1']],
    [{ note: { $isNull: false } }, ['p2', 'p3']],
    [{ note: { $isNotNull: true } }, ['p2', 'p3']],
    [{ likes: { $gt: 0, $lte: 3 } }, ['p1']],
    [{ likes: { $gte: 3 } }, ['p1', 'p3']],
    [{ likes: { $lt: 3 } }, ['p2']],
    [{ status: { $ne: 'draft' } }, ['p1', 'p3']],
    [{ id: { $in: ['p1', 'p3', 'nope'] } }, ['p1', 'p3']],
    [{ likes: { $notIn: [0, 7] } }, ['p1']],
    [{ title: { $like: 'O%' } }, ['p1']],
    [{ title: { $ilike: 'o%' } }, ['p1']],
    [{ title: { $startsWith: '100%_' } }, ['p2']],
    [{ title: { $startsWith: '100%x' } }, []],
    [{ title: { $endsWith: '_x' } }, ['p2']],
    [{ title: { $contains: '%_' } }, ['p2']],
    [{ title: { $contains: '\\' } }, []],
    [{ created_at: { $gt: '2024-01-01T00:00:00.123455Z', $lt: '2024-01-02T01:00:00+01:00' } }, ['p1']],
    [{ $or: [{ id: 'p1' }, { $and: [{ likes: 7 }, { status: 'published' }] }] }, ['p1', 'p3']],
    [{ $not: { id: 'p1' } }, ['p2', 'p3']],
    [{ id: 'p1', likes: 4 }, []],
    [{ id: "' or true --" }, []],
  ])('where %j finds %j', async (where, found) => {
    expect(await ids(where)).toEqual(found);
  });

  it('sorts by several columns, nulls where asked', async () => {
    const order = async (orderBy: object) =>
      (await blog.json('db/posts/select', { select: ['id'], orderBy: orderBy as never })).data.map(
        (row: { id: string }) => row.id,
      );
    expect(await order({ author_id: 'desc', id: 'asc' })).toEqual(['p3', 'p1', 'p2']);
    expect(await order([{ note: { dir: 'asc', nulls: 'first' } }, { id: 'desc' }])).toEqual(['p1', 'p3', 'p2']);
    expect(await order({ note: { dir: 'desc', nulls: 'last' }, likes: 'desc' })).toEqual(['p3', 'p2', 'p1']);
  });

  it('pages by limit and offset and counts all rows beside them', async () => {
    const params = { select: ['id'], orderBy: { id: 'asc' }, where: { likes: { $gte: 0 } }, count: 'exact' };
    expect(await blog.json('db/posts/select', { ...params, limit: 2, offset: 1 })).toEqual({
      data: [{ id: 'p2' }, { id: 'p3' }],
      meta: { count: 3 },
    });
    expect(await blog.json('db/posts/select', { ...params, offset: 9 })).toEqual({ data: [], meta: { count: 3 } });
    expect(await blog.json('db/posts/select', { ...params, limit: 0 })).toEqual({ data: [], meta: { count: 3 } });
  });

  it('expands to one, dotted, and to many, in one statement', async () => {
    const { data } = await blog.json('db/comments/select', {
      select: ['body'],
      expand: ['author', 'post.author'],
      orderBy: { id: 'asc' },
    });
    expect(data[1]).toEqual({
      body: 'b',
      author: null,
      post: expect.objectContaining({ id: 'p1', author: expect.objectContaining({ name: 'Ann' }) }),
    });
    const users = await blog.json('db/users/select', {
      select: ['name'],
      orderBy: { id: 'asc' },
      expand: {
        posts: {
          select: ['title', 'created_at'],
          orderBy: { likes: 'desc' },
          expand: {
            comments: {
              select: ['id', 'body'],
              where: { body: { $ne: 'zz' } },
              orderBy: { body: 'desc' },
              limit: 1,
              expand: ['author'],
            },
          },
        },
      },
    });
    expect(users.data).toEqual([
      {
        name: 'Ann',
        posts: [
          { title: 'One', created_at: '2024-01-01T00:00:00.123456Z', comments: [{ id: '2', body: 'b', author: null }] },
          { title: '100%_x', created_at: '2024-01-02T00:00:00Z', comments: [] },
        ],
      },
      {
        name: 'Bob',
        posts: [
          {
            title: 'Three',
            created_at: '2024-01-03T08:00:00.5Z',
            comments: [
              { id: '3', body: 'c', author: { id: 'u1', name: 'Ann', email: 'ann@x.org', phone: '+49123456' } },
            ],
          },
        ],
      },
    ]);
  });

  it.each([
    [{ where: { nope: 1 } }, 'BAD_REQUEST Unknown column: "nope"'],
    [{ where: { id: { $regex: 'x' } } }, 'BAD_REQUEST Unknown operator: "$regex"'],
    [{ where: { $where: 1 } }, 'BAD_REQUEST Unknown operator in where: "$where"'],
    [{ where: { likes: 'x' } }, 'BAD_REQUEST likes must be an integer'],
    [{ where: { likes: [1] } }, 'BAD_REQUEST likes must be an integer'],
    [{ where: { id: { $in: [] } } }, 'BAD_REQUEST $in takes a list of 1 to 1000 values'],
    [{ where: { id: { $in: ['a', null] } } }, 'BAD_REQUEST id must be a string'],
    [{ where: { likes: { $like: 'x' } } }, 'BAD_REQUEST $like does not apply to a column of type int'],
    [{ where: { id: {} } }, 'BAD_REQUEST where.id holds no operator'],
    [{ where: { $or: [] } }, 'BAD_REQUEST $or must list at least one condition'],
    [{ where: { title: 'a\u0000b' } }, 'BAD_REQUEST title must be Unicode text without NUL'],
    [{ where: { title: 'a\ud800' } }, 'BAD_REQUEST title must be Unicode text without NUL'],
    [{ where: { title: { $like: 'a\\' } } }, 'BAD_REQUEST title is compared with a pattern that ends in an escape'],
    [{ where: JSON.parse('{"__proto__":1}') }, 'BAD_REQUEST Unknown column: "__proto__"'],
    [{ where: { constructor: 1 } }, 'BAD_REQUEST Unknown column: "constructor"'],
    [{ select: ['toString'] }, 'BAD_REQUEST Unknown column: "toString"'],
    [{ select: [] }, 'BAD_REQUEST select must be "*" or a list of columns'],
    [{ limit: 10_001 }, 'BAD_REQUEST limit must be at most 10000'],
    [{ limit: -1 }, 'BAD_REQUEST limit must be a whole number that is not negative'],
    [{ limit: '1' }, 'BAD_REQUEST limit must be a whole number that is not negative'],
    [{ offset: 0.5 }, 'BAD_REQUEST offset must be a whole number that is not negative'],
    [{ orderBy: { id: 'up' } }, 'BAD_REQUEST orderBy takes "asc" or "desc" for "id"'],
    [{ count: 'about' }, 'BAD_REQUEST count can only be "exact"'],
    [{ wher: {}, rows: 1 }, 'BAD_REQUEST Unknown params: "wher", "rows"'],
    [{ expand: ['nope'] }, 'BAD_REQUEST Unknown relation: "nope"'],
    [
      { expand: ['author.posts.author.posts'] },
      'BAD_REQUEST expand goes at most 3 levels deep: "author.posts.author.posts"',
    ],
    [{ expand: { comments: { limit: 1_001 } } }, 'BAD_REQUEST limit in expand.comments must be at most 1000'],
    [{ expand: { author: { limit: 1 } } }, 'BAD_REQUEST Unknown param in expand.author: "limit"'],
    [{ expand: 5 }, 'BAD_REQUEST expand must be a list of relations, or an object of relations and their options'],
    [5, 'BAD_REQUEST params must be an object'],
  ])('refuses %j', async (params, refusal) => {
    expect(await blog.refusal('db/posts/select', params as never)).toBe(refusal);
  });

  it('refuses too many conditions and too deep a nesting', async () => {
    const many = { $or: Array.from({ length: 51 }, () => ({ likes: 1 })) };
    expect(await blog.refusal('db/posts/select', { where: many })).toBe(
      'BAD_REQUEST where has more than 50 conditions',
    );
    let deep: object = { likes: 1 };
    for (let depth = 0; depth < 5_000; depth++) deep = { $not: deep };
    expect(await blog.refusal('db/posts/select', { where: deep as never })).toBe(
      'BAD_REQUEST where is nested more than 10 deep',
    );
  });

  it('finds a plan again for other values of the same shape', async () => {
    const params = (title: string) => ({ where: { title, likes: { $gt: 0 } }, limit: title.length });
    await blog.call('db/posts/select', params('a'));
    expect((await blog.call('db/posts/select', params('bcd'))).planHit).toBe(true);
  });
});
