import type { Expression } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples, members;
    insert into users values ('u1', 'Ann', 'ann@x.org', '+49123456'), ('u2', 'Bob', 'bob@x.org', null);
    insert into posts (id, author_id, title, status, note) values
      ('p1', 'u1', 'One', 'published', 'secret'), ('p2', 'u1', 'Two', 'draft', 'secret'), ('p3', 'u2', 'Three', 'draft', 'secret');
    insert into comments (id, post_id, author_id, body) values (1, 'p1', 'u2', 'a'), (2, 'p3', 'u1', 'b');
  `);
});
afterAll(() => blog.close());

const column = (name: string): Expression => ({ kind: 'column', name, type: 'string', nullable: false });
const text = (value: string): Expression => ({ kind: 'constant', type: 'string', value });
const sub: Expression = { kind: 'request', path: ['auth', 'sub'], type: 'string' };
const equal = (a: Expression, b: Expression): Expression => ({
  kind: 'call',
  operator: '==',
  arguments: [a, b],
  type: 'bool',
});
const either = (a: Expression, b: Expression): Expression => ({
  kind: 'call',
  operator: '||',
  arguments: [a, b],
  type: 'bool',
});

const own = equal(column('author_id'), sub);
const published = equal(column('status'), text('published'));
const isAnn = equal(sub, text('u1'));
const ann = user('u1');
const bob = user('u2');

describe('rules', () => {
  it('refuse an operation that none of them is about', async () => {
    blog.serve({ posts: { select: [{ roles: ['reader'] }] } });
    expect(await blog.refusal('db/posts/select', {}, ann)).toMatch(/^FORBIDDEN/);
    expect(await blog.refusal('db/posts/delete', { where: { id: 'p1' } }, user('u1', 'reader'))).toMatch(/^FORBIDDEN/);
    expect(await blog.refusal('db/users/select', {}, ADMIN)).toMatch(/^FORBIDDEN/);
    expect(await blog.refusal('db/nope/select', {}, ADMIN)).toMatch(/^NOT_FOUND/);
    expect(await blog.refusal('db/posts/__proto__', {}, ADMIN)).toMatch(/^NOT_FOUND/);
  });

  it('decide by the first whose roles match, alone', async () => {
    blog.serve({
      users: {
        select: [
          { roles: ['clerk'], columns: ['id'] },
          { roles: ['authenticated'], columns: ['name'] },
          { roles: ['public'], columns: ['email'] },
        ],
      },
    });
    const columnsOf = async (as = ADMIN) => Object.keys((await blog.json('db/users/select', {}, as)).data[0]);
    expect(await columnsOf(user('u1', 'clerk'))).toEqual(['id']);
    expect(await columnsOf(ann)).toEqual(['name']);
    expect(await columnsOf({ type: 'api_key', sub: null, roles: ['authenticated'], claims: {} })).toEqual(['email']);
  });

  it('are answered at once when their condition is about the request alone', async () => {
    blog.serve({
      posts: { select: [{ roles: ['public'], condition: isAnn }], update: [{ roles: ['public'], condition: isAnn }] },
    });
    expect((await blog.json('db/posts/select', {}, ann)).data).toHaveLength(3);
    expect(await blog.refusal('db/posts/select', {}, bob)).toMatch(/^FORBIDDEN/);
    expect(await blog.refusal('db/posts/update', { all: true, data: { note: 'x' } }, bob)).toMatch(/^FORBIDDEN/);
    expect((await blog.json('db/posts/update', { all: true, data: { note: 'x' } }, ann)).data).toEqual({ affected: 3 });
  });

  it('let in an insert, or an upsert, only where their condition holds', async () => {
    const all = [{ roles: ['public'] }];
    blog.serve({ posts: { insert: [{ roles: ['public'], condition: isAnn }], update: all, select: all } });
    const insert = { data: { title: 'New', author_id: 'u1' } };
    for (const path of ['db/posts/insert', 'db/posts/upsert'])
      expect(await blog.refusal(path, insert, bob)).toMatch(/^FORBIDDEN/);
    expect((await blog.json('db/posts/insert', insert, ann)).data).toMatchObject({ title: 'New' });
  });
});

describe('a row that a condition hides', () => {
  beforeEach(() =>
    blog.serve({
      ...EVERYTHING,
      posts: {
        select: [{ roles: ['authenticated'], condition: either(own, published) }],
        update: [{ roles: ['authenticated'], condition: own }],
        delete: [{ roles: ['authenticated'], condition: own }],
      },
      comments: { select: [{ roles: ['authenticated'] }] },
      users: { select: [{ roles: ['authenticated'] }] },
    }),
  );

  it('is not selected and not counted', async () => {
    const params = { select: ['id'], orderBy: { id: 'asc' }, count: 'exact' };
    expect(await blog.json('db/posts/select', params, ann)).toEqual({
      data: [{ id: 'p1' }, { id: 'p2' }],
      meta: { count: 2 },
    });
    expect(await blog.json('db/posts/select', params, bob)).toEqual({
      data: [{ id: 'p1' }, { id: 'p3' }],
      meta: { count: 2 },
    });
  });

  it('is not reached by a where that would hold for it', async () => {
    expect(
      (
        await blog.json(
          'db/posts/select',
          { where: { $or: [{ id: 'p3' }, { id: { $ne: 'p3' } }] }, select: ['id'] },
          ann,
        )
      ).data,
    ).toHaveLength(2);
  });

  it('is null when expanded to one, and absent when expanded to many', async () => {
    const comments = await blog.json(
      'db/comments/select',
      { select: ['id'], expand: ['post'], orderBy: { id: 'asc' } },
      ann,
    );
    expect(comments.data[1]).toEqual({ id: '2', post: null });
    const users = await blog.json(
      'db/users/select',
      { select: ['id'], expand: { posts: { select: ['id'], orderBy: { id: 'asc' } } }, orderBy: { id: 'asc' } },
      ann,
    );
    expect(users.data).toEqual([
      { id: 'u1', posts: [{ id: 'p1' }, { id: 'p2' }] },
      { id: 'u2', posts: [] },
    ]);
  });

  it('is neither updated nor deleted, nor counted as such', async () => {
    expect((await blog.json('db/posts/update', { all: true, data: { note: 'x' } }, bob)).data).toEqual({ affected: 1 });
    expect(
      (await blog.json('db/posts/update', { where: { id: 'p1' }, data: { note: 'x' }, returning: true }, bob)).data,
    ).toEqual([]);
    expect((await blog.json('db/posts/delete', { where: { id: 'p1' } }, bob)).data).toEqual({ affected: 0 });
  });

  it("cannot be made out of one of one's own", async () => {
    expect(await blog.refusal('db/posts/update', { where: { id: 'p1' }, data: { author_id: 'u2' } }, ann)).toBe(
      'FORBIDDEN The row is not allowed to be written',
    );
    expect(
      await blog.refusal('db/posts/update', { all: true, data: { author_id: 'u2' }, returning: true }, ann),
    ).toMatch(/^FORBIDDEN/);
    expect((await blog.json('db/posts/select', { where: { author_id: 'u1' } }, ann)).data).toHaveLength(2);
  });
});

describe('a check', () => {
  it('holds for the row as the database stored it, and nothing is written otherwise', async () => {
    blog.serve({
      ...EVERYTHING,
      posts: {
        select: [{ roles: ['public'] }],
        insert: [{ roles: ['public'], check: equal(column('status'), text('draft')) }],
      },
    });
    const row = { title: 't', author_id: 'u1' };
    expect((await blog.json('db/posts/insert', { data: row })).data.status).toBe('draft');
    expect(await blog.refusal('db/posts/insert', { data: { ...row, status: 'published' } })).toMatch(/^FORBIDDEN/);
    expect(
      await blog.refusal('db/posts/insert', { data: [row, { ...row, status: 'published' }], returning: false }),
    ).toMatch(/^FORBIDDEN/);
    expect((await blog.json('db/posts/select', { count: 'exact', limit: 0 })).meta.count).toBe(4);
  });
});

describe('set', () => {
  beforeEach(() =>
    blog.serve({
      posts: {
        select: [{ roles: ['public'] }],
        insert: [{ roles: ['authenticated'], columns: ['title'], set: { author_id: sub } }],
        update: [
          {
            roles: ['authenticated'],
            columns: ['title'],
            set: { note: sub, likes: { kind: 'constant', type: 'int', value: '7' } },
          },
        ],
      },
    }),
  );

  it('is written by the server, in one row and in many', async () => {
    expect((await blog.json('db/posts/insert', { data: { title: 'a' } }, bob)).data).toMatchObject({
      title: 'a',
      author_id: 'u2',
    });
    const { data } = await blog.json('db/posts/insert', { data: [{ title: 'a' }, { title: 'b' }] }, ann);
    expect(data.map((row: { author_id: string }) => row.author_id)).toEqual(['u1', 'u1']);
    const updated = await blog.json(
      'db/posts/update',
      { where: { id: 'p1' }, data: { title: 'x' }, returning: true },
      ann,
    );
    expect(updated.data).toMatchObject([{ title: 'x', note: 'u1', likes: 7 }]);
  });

  it('denies when it has no value for a column that needs one', async () => {
    const key = { type: 'api_key', sub: null, roles: ['robot'], claims: {} } as const;
    blog.serve({ posts: { insert: [{ roles: ['robot'], set: { author_id: sub } }] } });
    expect(await blog.refusal('db/posts/insert', { data: { title: 'a' } }, key)).toBe(
      'FORBIDDEN The row is not allowed to be written',
    );
  });

  it('is refused from the caller, as every column is that the rule does not name', async () => {
    expect(await blog.refusal('db/posts/insert', { data: { title: 'a', author_id: 'u2' } }, ann)).toBe(
      'FORBIDDEN The column "author_id" is written by the server',
    );
    expect(await blog.refusal('db/posts/insert', { data: { title: 'a', note: 'x' } }, ann)).toBe(
      'FORBIDDEN The column "note" may not be written',
    );
    expect(await blog.refusal('db/posts/update', { all: true, data: { status: 'draft' } }, ann)).toMatch(/^FORBIDDEN/);
  });
});

describe('a column that a rule hides', () => {
  beforeEach(() =>
    blog.serve({
      posts: {
        select: [{ roles: ['public'], columns: ['id', 'title', 'author_id'] }],
        insert: [{ roles: ['public'] }],
        update: [{ roles: ['public'] }],
        delete: [{ roles: ['public'] }],
      },
      users: {
        select: [{ roles: ['public'], columns: ['name', 'phone', 'email'], mask: { phone: 'last4', email: 'hide' } }],
      },
      comments: { select: [{ roles: ['public'] }] },
    }),
  );

  it('is left out silently wherever rows are shown', async () => {
    expect(Object.keys((await blog.json('db/posts/select', {})).data[0])).toEqual(['id', 'author_id', 'title']);
    expect(
      (await blog.json('db/posts/select', { select: ['note', 'title'], limit: 1, orderBy: { id: 'asc' } })).data,
    ).toEqual([{ title: 'One' }]);
    const comments = await blog.json('db/comments/select', {
      select: ['id'],
      expand: { post: { select: ['note', 'id'] } },
      limit: 1,
      orderBy: { id: 'asc' },
    });
    expect(comments.data).toEqual([{ id: '1', post: { id: 'p1' } }]);
    const updated = await blog.json('db/posts/update', {
      where: { id: 'p1' },
      data: { note: 'n' },
      returning: ['note', 'title'],
    });
    expect(updated.data).toEqual([{ id: 'p1', title: 'One' }]);
    expect(
      Object.keys((await blog.json('db/posts/insert', { data: { title: 'n', author_id: 'u1', note: 'x' } })).data),
    ).toEqual(['id', 'author_id', 'title']);
  });

  it.each([
    ['db/posts/select', { where: { note: 'secret' } }],
    ['db/posts/select', { where: { $not: { $or: [{ note: { $isNull: true } }] } } }],
    ['db/posts/select', { orderBy: { note: 'asc' } }],
    ['db/users/select', { where: { phone: { $startsWith: '+49' } } }],
    ['db/users/select', { orderBy: [{ email: 'desc' }] }],
    ['db/posts/update', { where: { note: 'secret' }, data: { title: 'x' } }],
    ['db/posts/delete', { where: { note: { $like: 's%' } } }],
    ['db/users/select', { expand: { posts: { where: { note: 'secret' } } } }],
    ['db/users/select', { expand: { posts: { orderBy: { status: 'asc' } } } }],
  ])('cannot be probed through %s %j', async (path, params) => {
    expect(await blog.refusal(path, params as never)).toMatch(/^FORBIDDEN (where|orderBy) may not use the column/);
  });

  it('is shown as its mask says, at every depth', async () => {
    const ann = { name: 'Ann', phone: '***3456', email: null };
    expect((await blog.json('db/users/select', { limit: 1, where: { name: 'Ann' } })).data).toEqual([
      { name: 'Ann', email: null, phone: '***3456' },
    ]);
    const posts = await blog.json('db/posts/select', {
      select: ['id'],
      where: { id: 'p1' },
      expand: { author: true, comments: { select: ['id'], expand: { post: { select: ['id'], expand: ['author'] } } } },
    });
    expect(posts.data).toEqual([{ id: 'p1', author: ann, comments: [{ id: '1', post: { id: 'p1', author: ann } }] }]);
  });
});

describe('related and returned rows', () => {
  it('are refused where the caller may select nothing of the table', async () => {
    blog.serve({
      posts: { select: [{ roles: ['public'] }] },
      users: { select: [{ roles: ['public'], condition: isAnn }] },
    });
    expect(await blog.refusal('db/posts/select', { expand: ['comments'] }, ann)).toMatch(/^FORBIDDEN/);
    expect((await blog.json('db/posts/select', { expand: ['author'] }, ann)).data).toHaveLength(3);
    expect(await blog.refusal('db/posts/select', { expand: ['author'] }, bob)).toMatch(/^FORBIDDEN/);
  });

  it('come back with the key alone where the caller may write but not select them', async () => {
    const write = { insert: [{ roles: ['public'] }], update: [{ roles: ['public'] }], delete: [{ roles: ['public'] }] };
    const post = { title: 'n', author_id: 'u2' };
    blog.serve({ posts: write });
    expect(Object.keys((await blog.json('db/posts/insert', { data: post }, ann)).data)).toEqual(['id']);
    await blog.database.sql.unsafe('truncate comments');
    blog.serve({ posts: { ...write, select: [{ roles: ['public'], condition: own }] } });
    expect(Object.keys((await blog.json('db/posts/insert', { data: post }, ann)).data)).toEqual(['id']);
    expect((await blog.json('db/posts/insert', { data: post }, bob)).data.title).toBe('n');
    expect((await blog.json('db/posts/delete', { where: { id: { $in: ['p3'] } }, returning: true }, ann)).data).toEqual(
      [{ id: 'p3' }],
    );
    blog.serve({ posts: { ...write, select: [{ roles: ['public'], condition: isAnn }] } });
    expect(
      (await blog.json('db/posts/update', { where: { id: 'p1' }, data: { note: 'x' }, returning: true }, bob)).data,
    ).toEqual([{ id: 'p1' }]);
  });

  it("are no more than the rule's limit", async () => {
    blog.serve({ posts: { select: [{ roles: ['public'], limit: 2 }] }, users: { select: [{ roles: ['public'] }] } });
    expect((await blog.json('db/posts/select', {})).data).toHaveLength(2);
    expect((await blog.json('db/posts/select', { limit: 10, count: 'exact' })).data).toHaveLength(2);
    expect((await blog.json('db/posts/select', { limit: 1 })).data).toHaveLength(1);
  });
});

describe('plans', () => {
  it('are shared by callers for whom the same rules decide, and by no others', async () => {
    blog.serve({ posts: { select: [{ roles: ['boss'] }, { roles: ['authenticated'], condition: own }] } });
    const hit = async (as = ann) => (await blog.call('db/posts/select', { where: { id: 'p1' } }, as)).planHit;
    expect([
      await hit(ann),
      await hit(bob),
      await hit(user('u3', 'boss')),
      await hit(user('u4', 'x', 'boss')),
      await hit(ann),
    ]).toEqual([false, true, false, true, true]);
    expect((await blog.json('db/posts/select', { where: { id: 'p1' } }, bob)).data).toEqual([]);
  });
});
