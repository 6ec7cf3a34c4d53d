import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples, members;
    insert into users values ('u1', 'Ann', 'ann@x.org', null), ('u2', 'Bob', 'bob@x.org', null);
    insert into posts (id, author_id, title) values ('p1', 'u1', 'One'), ('p2', 'u1', 'Two'), ('p3', 'u2', 'Three');
  `);
});
afterAll(() => blog.close());

async function rowsOf(table: string): Promise<number> {
  return (await blog.json(`db/${table}/select`, { limit: 0, count: 'exact' })).meta.count;
}

describe('insert', () => {
  it('writes one row, makes its key, and answers it with the defaults of the database', async () => {
    const { data } = await blog.json('db/posts/insert', { data: { title: 'Ünï \u{1f600}', author_id: 'u1' } });
    expect(data).toEqual({
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      author_id: 'u1',
      title: 'Ünï \u{1f600}',
      status: 'draft',
      likes: 0,
      note: null,
      created_at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/),
    });
  });

  it('writes many rows in one statement and answers them in order', async () => {
    const data = Array.from({ length: 1_000 }, (_, index) => ({
      title: `t${index}`,
      author_id: 'u1',
      likes: index,
      note: index % 2 ? null : '{"\\,',
    }));
    const answer = await blog.json('db/posts/insert', { data });
    expect(answer.data.map((row: { title: string }) => row.title)).toEqual(data.map((row) => row.title));
    expect(answer.data[2]).toMatchObject({ likes: 2, note: '{"\\,' });
    const ids = answer.data.map((row: { id: string }) => row.id);
    expect(ids).toEqual(ids.toSorted());
  });

  it('gives rows that leave a column out its default, and null to those that send null', async () => {
    const { data } = await blog.json('db/posts/insert', {
      data: [
        { title: 'a', author_id: 'u1', likes: 4 },
        { title: 'b', author_id: 'u2', status: 'published', created_at: '2024-01-01T00:00:00Z' },
        { author_id: 'u1', title: 'c', note: null },
      ],
    });
    expect(data.map((row: Record<string, unknown>) => [row.title, row.status, row.likes, row.note])).toEqual([
      ['a', 'draft', 4, null],
      ['b', 'published', 0, null],
      ['c', 'draft', 0, null],
    ]);
    expect(data[1].created_at).toBe('2024-01-01T00:00:00Z');
    expect(data[0].created_at).toMatch(/^20(2[5-9]|[3-9])/);
  });

  it('leaves keys of the database to the database, in the order of the rows', async () => {
    const { data } = await blog.json('db/comments/insert', {
      data: [
        { post_id: 'p1', body: 'x' },
        { post_id: 'p1', body: 'y', author_id: 'u1' },
      ],
    });
    expect(BigInt(data[1].id) - BigInt(data[0].id)).toBe(1n);
  });

  it('takes the key of a link table and of a client-keyed one from the caller', async () => {
    expect((await blog.json('db/members/insert', { data: { team: 'a', person: 'b' } })).data).toEqual({
      team: 'a',
      person: 'b',
      since: null,
    });
    expect((await blog.json('db/samples/insert', { data: { id: 7 }, returning: ['id'] })).data).toEqual({ id: 7 });
  });

  it('is all or nothing', async () => {
    const rows = [
      { name: 'c', email: 'c@x.org' },
      { name: 'd', email: 'ann@x.org' },
    ];
    expect(await blog.refusal('db/users/insert', { data: rows })).toBe(
      'CONFLICT A row with the same unique values exists already',
    );
    expect(await rowsOf('users')).toBe(2);
  });

  it.each([
    ['posts', {}, 'BAD_REQUEST Missing required columns: author_id, title'],
    ['posts', [{ title: 'a', author_id: 'u1' }, { title: 'b' }], 'BAD_REQUEST Missing required column: author_id'],
    ['posts', { title: 'a', author_id: 'u1', id: 'mine' }, 'BAD_REQUEST The key "id" is generated and cannot be sent'],
    ['comments', { post_id: 'p1', body: 'x', id: '1' }, 'BAD_REQUEST The key "id" is generated and cannot be sent'],
    ['posts', { title: 'a', author_id: 'u1', nope: 1 }, 'BAD_REQUEST Unknown column: "nope"'],
    ['posts', JSON.parse('{"title":"a","author_id":"u1","__proto__":1}'), 'BAD_REQUEST Unknown column: "__proto__"'],
    ['posts', { title: '', author_id: 'u1' }, 'BAD_REQUEST title must have at least 1 characters'],
    ['posts', { title: 'x'.repeat(21), author_id: 'u1' }, 'BAD_REQUEST title must have at most 20 characters'],
    ['posts', { title: null, author_id: 'u1' }, 'BAD_REQUEST title must not be null'],
    ['posts', { title: 'a', author_id: 'u1', status: 'gone' }, 'BAD_REQUEST status must be one of draft, published'],
    ['posts', { title: 'a', author_id: 'u1', likes: -1 }, 'BAD_REQUEST likes must be at least 0'],
    [
      'posts',
      [
        { title: 'a', author_id: 'u1' },
        { title: 5, author_id: 'u1' },
      ],
      'BAD_REQUEST data[1]: title must be a string',
    ],
    [
      'posts',
      { title: 'a', author_id: 'nobody' },
      'CONFLICT The row refers to a row that does not exist, or is referred to by another',
    ],
    [
      'posts',
      { title: 'a', author_id: 'u1', likes: 2_000_000 },
      'BAD_REQUEST A value breaks a constraint of the database',
    ],
    ['posts', [], 'BAD_REQUEST data must list 1 to 1000 rows'],
    ['posts', [1], 'BAD_REQUEST data[0] must be an object'],
    ['posts', 'x', 'BAD_REQUEST data must be an object'],
  ])('refuses into %s %j', async (table, data, refusal) => {
    expect(await blog.refusal(`db/${table}/insert`, { data: data as never })).toBe(refusal);
  });

  it('names the declared constraint that was broken, never the value', async () => {
    const thrown = await blog
      .call('db/users/insert', { data: { name: 'c', email: 'ann@x.org' } })
      .catch((error) => error);
    expect(thrown.details).toEqual({ column: 'email', constraint: 'users_email_key' });
    expect(JSON.stringify([thrown.message, thrown.details, thrown.cause.message])).not.toContain('ann@');
  });
});

describe('update', () => {
  it('answers how many rows it changed, or the rows', async () => {
    expect(await blog.json('db/posts/update', { where: { author_id: 'u1' }, data: { likes: 5, note: 'x' } })).toEqual({
      data: { affected: 2 },
    });
    expect(
      await blog.json('db/posts/update', { where: { id: 'p1' }, data: { note: null }, returning: ['note', 'likes'] }),
    ).toEqual({ data: [{ id: 'p1', note: null, likes: 5 }] });
    expect(
      (await blog.json('db/posts/update', { where: { id: 'none' }, data: { likes: 1 }, returning: true })).data,
    ).toEqual([]);
  });

  it.each([
    [{ data: { likes: 1 } }],
    [{ data: { likes: 1 }, where: {} }],
    [{ data: { likes: 1 }, where: { $and: [{}] } }],
    [{ data: { likes: 1 }, where: { $or: [{ id: 'p1' }, {}] } }],
    [{ data: { likes: 1 }, where: { id: { $ne: null } } }],
    [{ data: { likes: 1 }, where: { $not: { id: null } } }],
    [{ data: { likes: 1 }, where: { $or: [{ note: null }, { note: { $isNotNull: true } }] } }],
    [{ data: { likes: 1 }, where: { title: { $startsWith: '' } } }],
    [{ data: { likes: 1 }, where: { title: { $like: '%%' } } }],
  ])('refuses one that reaches every row unless it says so: %j', async (params) => {
    expect(await blog.refusal('db/posts/update', params as never)).toMatch(
      /^BAD_REQUEST where is absent or always true/,
    );
    expect((await blog.json('db/posts/update', { ...(params as object), all: true })).data).toEqual({ affected: 3 });
  });

  it.each([
    [{ where: { id: 'p1' }, data: {} }, 'BAD_REQUEST data must be an object with at least one column'],
    [{ where: { id: 'p1' } }, 'BAD_REQUEST data must be an object with at least one column'],
    [{ where: { id: 'p1' }, data: { id: 'q' } }, 'BAD_REQUEST The key "id" is generated and cannot be changed'],
    [{ where: { id: 'p1' }, data: { title: null } }, 'BAD_REQUEST title must not be null'],
    [{ where: { id: 'p1' }, data: { likes: 1 }, limit: 1 }, 'BAD_REQUEST Unknown param: "limit"'],
    [{ where: { id: 'p1' }, data: { likes: 1 }, returning: ['nope'] }, 'BAD_REQUEST Unknown column: "nope"'],
    [
      { where: { id: 'p1' }, data: { likes: 1 }, returning: [] },
      'BAD_REQUEST returning must be true, false or a list of columns',
    ],
    [
      { where: { id: 'p1' }, data: { likes: 1 }, returning: '*' },
      'BAD_REQUEST returning must be true, false or a list of columns',
    ],
  ])('refuses %j', async (params, refusal) => {
    expect(await blog.refusal('db/posts/update', params as never)).toBe(refusal);
  });
});

describe('delete', () => {
  it('answers how many rows it deleted, or the rows', async () => {
    expect(await blog.json('db/posts/delete', { where: { id: 'p1' } })).toEqual({ data: { affected: 1 } });
    expect(await blog.json('db/posts/delete', { where: { id: 'p2' }, returning: ['title'] })).toEqual({
      data: [{ id: 'p2', title: 'Two' }],
    });
    expect(await blog.refusal('db/posts/delete', {})).toMatch(/^BAD_REQUEST where is absent/);
    expect(await blog.json('db/posts/delete', { all: true })).toEqual({ data: { affected: 1 } });
  });

  it('is a conflict while other rows refer to the row', async () => {
    expect(await blog.refusal('db/users/delete', { where: { id: 'u1' } })).toMatch(/^CONFLICT/);
  });
});
