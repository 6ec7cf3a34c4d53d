import type { CompiledRelease, Json, Table } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { blogRelease } from './testing/blog.ts';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog } from './testing/served-blog.ts';

const WARNING = 'The column "note" is deprecated: write comments (until 2027-01-31)';
let blog: ServedBlog;
let served: ServedRelease;

beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', '1');
    insert into posts (id, author_id, title, note) values ('p1', 'u1', 'One', 'old');
  `);
  served = prepareRelease({ releaseId: 'r', contentHash: 'h', release: ageing(blogRelease(EVERYTHING)) });
});
afterAll(() => blog.close());

/** The blog with a deprecated column in posts and a disabled one in users. */
function ageing(release: CompiledRelease): CompiledRelease {
  const change = (name: string, column: string, lifecycle: object): Table => {
    const table = release.schema[name];
    const before = table?.columns[column];
    if (table === undefined || before === undefined) throw new Error(`The blog has ${name}.${column}`);
    return { ...table, columns: { ...table.columns, [column]: { ...before, ...lifecycle } } };
  };
  return {
    ...release,
    schema: {
      ...release.schema,
      posts: change('posts', 'note', { deprecated: { reason: 'write comments', sunset: '2027-01-31' } }),
      users: change('users', 'phone', { disabled: true }),
    },
  };
}

async function answer(path: string, params: Json) {
  const databases = new Map([['main', blog.database]]);
  const { body } = await call({ served, databases, principal: ADMIN, path, params, env: 'dev', nowMs: 0 });
  return JSON.parse(String(body));
}

describe('a deprecated column', () => {
  it.each([
    ['db/posts/select', {}],
    ['db/posts/select', { select: ['id', 'note'], count: 'exact' }],
    ['db/posts/select', { select: ['id'], where: { note: 'old' } }],
    ['db/posts/select', { select: ['id'], where: { $not: { $or: [{ note: null }] } } }],
    ['db/posts/select', { select: ['id'], orderBy: { note: 'asc' }, limit: 1 }],
    ['db/users/select', { expand: ['posts'] }],
    ['db/users/select', { where: { posts: { note: 'old' } } }],
    ['db/posts/count', { where: { note: 'old' } }],
    ['db/posts/aggregate', { aggregate: { n: { $max: 'note' } } }],
    ['db/posts/aggregate', { groupBy: ['note'] }],
    ['db/posts/insert', { data: { author_id: 'u1', title: 'x', note: 'n' } }],
    ['db/posts/insert', { data: [{ author_id: 'u1', title: 'x', note: 'n' }] }],
    ['db/posts/update', { where: { id: 'p1' }, data: { note: 'old' } }],
    ['db/posts/update', { where: { id: 'p1', note: 'old' }, data: { title: 'y' }, returning: true }],
    ['db/posts/delete', { where: { note: 'nope' } }],
  ])('warns who calls %s %j', async (path, params) => {
    expect((await answer(path, params as never)).meta.warnings).toEqual([WARNING]);
  });

  it.each([
    ['db/posts/select', { select: ['id', 'title'] }],
    ['db/users/select', {}],
    ['db/posts/count', {}],
    ['db/posts/insert', { data: { author_id: 'u1', title: 'x' } }],
    ['db/posts/update', { where: { id: 'p1' }, data: { title: 'y' } }],
  ])('leaves who calls %s %j in peace', async (path, params) => {
    expect((await answer(path, params as never)).meta?.warnings).toBeUndefined();
  });

  it('does not lose the rest of meta', async () => {
    const { meta } = await answer('db/posts/select', { count: 'exact', limit: 1, orderBy: { id: 'asc' } });
    expect(meta).toEqual({ count: expect.any(Number), nextCursor: expect.any(String), warnings: [WARNING] });
  });
});

describe('a disabled column', () => {
  it('is read and not written', async () => {
    expect((await answer('db/users/select', { where: { phone: '1' } })).data).toHaveLength(1);
    for (const [operation, params] of [
      ['insert', { data: { id: 'u9', name: 'x', email: 'x', phone: '2' } }],
      ['update', { where: { id: 'u1' }, data: { phone: null } }],
    ] as const)
      await expect(answer(`db/users/${operation}`, params)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        details: { column: operation === 'insert' ? expect.any(String) : 'phone' },
      });
  });
});
