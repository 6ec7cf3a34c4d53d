import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples;
    insert into users values ('u1', 'Ann', 'ann@x.org', null);
    insert into posts (id, author_id, title, likes) values ('p1', 'u1', 'One', 3), ('p2', 'u1', 'Two', 0);
    insert into samples (id, i, b, f, d, tags, nums, j) values
      (1, 1, 9223372036854775800, 0.5, 1.50, '["a"]', '{1}', '{"$inc": 0}'), (2, null, null, null, null, null, null, null);
  `);
});
afterAll(() => blog.close());

async function changed(id: number, data: object): Promise<unknown> {
  const update = { where: { id }, data, returning: Object.keys(data) };
  const { id: _, ...row } = (await blog.json('db/samples/update', update as never)).data[0];
  return row;
}

describe('$inc', () => {
  it.each([
    [{ i: { $inc: 2 } }, { i: 3 }],
    [{ i: { $inc: -5 } }, { i: -4 }],
    [{ b: { $inc: 7 } }, { b: '9223372036854775807' }],
    [{ b: { $inc: '-9223372036854775800' } }, { b: '0' }],
    [{ f: { $inc: 0.25 } }, { f: 0.75 }],
    [{ d: { $inc: '-0.51' } }, { d: '0.99' }],
    [
      { i: { $inc: 1 }, d: { $inc: '1' } },
      { i: 2, d: '2.50' },
    ],
  ])('%j gives %j', async (data, row) => {
    expect(await changed(1, data)).toEqual(row);
  });

  it('leaves nothing as nothing', async () => {
    expect(await changed(2, { i: { $inc: 1 }, b: { $inc: 1 } })).toEqual({ i: null, b: null });
  });

  it('adds to what each row holds, also when many add at the same time', async () => {
    const add = () => blog.json('db/posts/update', { where: { author_id: 'u1' }, data: { likes: { $inc: 1 } } });
    await Promise.all(Array.from({ length: 20 }, add));
    const { data } = await blog.json('db/posts/select', { select: ['likes'], orderBy: { id: 'asc' } });
    expect(data).toEqual([{ likes: 23 }, { likes: 20 }]);
  });

  it('is a plain value in a column of type json', async () => {
    expect(await changed(1, { j: { $inc: 1 } })).toEqual({ j: { $inc: 1 } });
    expect(await changed(1, { j: { $set: [1] } })).toEqual({ j: { $set: [1] } });
  });

  it.each([
    ['samples', { i: { $inc: 2_147_483_647 } }, 'BAD_REQUEST i would leave its bounds'],
    ['samples', { b: { $inc: '9223372036854775807' } }, 'BAD_REQUEST b would leave its bounds'],
    ['samples', { i: { $inc: 1 }, b: { $inc: 8 } }, 'BAD_REQUEST b would leave its bounds'],
    ['samples', { b: { $inc: 8 }, i: { $inc: 1 } }, 'BAD_REQUEST b would leave its bounds'],
    ['samples', { d: { $inc: '9999999999.99' } }, 'BAD_REQUEST d would leave its bounds'],
    ['samples', { f: { $inc: Number.MAX_VALUE }, i: { $inc: 1 } }, 'BAD_REQUEST f would leave its bounds'],
    ['posts', { likes: { $inc: -1 } }, 'BAD_REQUEST likes would leave its bounds'],
    ['samples', { i: { $inc: 0.5 } }, 'BAD_REQUEST i must be an integer'],
    ['samples', { i: { $inc: '1' } }, 'BAD_REQUEST i must be an integer'],
    ['samples', { i: { $inc: null } }, 'BAD_REQUEST i must be an integer'],
    ['samples', { d: { $inc: '0.005' } }, 'BAD_REQUEST d must have at most 2 digits after the point'],
    ['samples', { d: { $inc: 1 } }, 'BAD_REQUEST d must be a decimal as a string'],
    ['samples', { s: { $inc: 1 } }, 'BAD_REQUEST $inc does not apply to a column of type string'],
    ['samples', { i: { $mul: 2 } }, 'BAD_REQUEST Unknown operator in data: "$mul"'],
    ['samples', { i: { $inc: 1, $append: 2 } }, 'BAD_REQUEST i must be an integer'],
  ])('on %s %j: %s, and nothing is written', async (table, data, refusal) => {
    const all = { where: { id: table === 'posts' ? { $ne: '' } : 1 }, data };
    expect(await blog.refusal(`db/${table}/update`, all as never)).toContain(refusal);
    const { data: posts } = await blog.json('db/posts/select', { select: ['likes'], orderBy: { id: 'asc' } });
    expect(posts).toEqual([{ likes: 3 }, { likes: 0 }]);
  });

  it('names the column whose type the sum would not fit into, never the value', async () => {
    const thrown = await blog
      .call('db/samples/update', { where: { id: 1 }, data: { b: { $inc: 8 } } })
      .catch((error) => error);
    expect([thrown.code, thrown.message, thrown.details]).toEqual([
      'BAD_REQUEST',
      'b would leave its bounds',
      { column: 'b' },
    ]);
  });

  it('is refused in an insert', async () => {
    expect(await blog.refusal('db/samples/insert', { data: { id: 9, i: { $inc: 1 } } })).toMatch(
      /^BAD_REQUEST i must be an integer/,
    );
  });
});

describe('$append', () => {
  it.each([
    [1, { tags: { $append: 'b' } }, { tags: ['a', 'b'] }],
    [1, { tags: { $append: ['b', 'c'] } }, { tags: ['a', 'b', 'c'] }],
    [1, { tags: { $append: [] } }, { tags: ['a'] }],
    [2, { tags: { $append: 'b' } }, { tags: ['b'] }],
    [1, { nums: { $append: [2, 3] } }, { nums: [1, 2, 3] }],
    [2, { nums: { $append: 2 } }, { nums: [2] }],
  ])('row %d %j gives %j', async (id, data, row) => {
    expect(await changed(id, data)).toEqual(row);
  });

  it.each([
    [{ tags: { $append: 5 } }, 'BAD_REQUEST tags[0] must be a string'],
    [{ tags: { $append: 'longer than five' } }, 'BAD_REQUEST tags[0] must have at most 5 characters'],
    [{ tags: { $append: null } }, 'BAD_REQUEST tags must not be null'],
    [{ nums: { $append: ['x'] } }, 'BAD_REQUEST nums[0] must be an integer'],
    [{ i: { $append: 1 } }, 'BAD_REQUEST $append does not apply to a column of type int'],
  ])('%j is refused: %s', async (data, refusal) => {
    expect(await blog.refusal('db/samples/update', { where: { id: 1 }, data } as never)).toContain(refusal);
  });
});

describe('a change of a column that may be written and not read', () => {
  it('is forbidden, because its bounds would tell the value', async () => {
    blog.serve({
      posts: {
        select: [{ roles: ['public'], columns: ['id', 'title'] }],
        update: [{ roles: ['public'], columns: ['likes'] }],
      },
    });
    const change = { where: { id: 'p1' }, data: { likes: { $inc: -4 } } };
    expect(await blog.refusal('db/posts/update', change, user('u1'))).toMatch(/^FORBIDDEN/);
    blog.serve(EVERYTHING);
  });
});
