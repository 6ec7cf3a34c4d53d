import type { CompiledRelease, Json, Table } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { blogRelease } from './testing/blog.ts';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog } from './testing/served-blog.ts';

const WARNING = 'The column "note" is deprecated: write comments (until 2027-01-31)';
const DISABLED = {
  code: 'BAD_REQUEST',
  message: 'The column "phone" is disabled',
  details: { column: 'phone' },
};
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

/** The blog with deprecated columns in posts and samples and a disabled one in users. */
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
      samples: change('samples', 's', { deprecated: { reason: 'too short' } }),
      users: change('users', 'phone', { disabled: true }),
    },
  };
}

async function answer(path: string, params: Json, from = served) {
  const databases = new Map([['main', blog.database]]);
  const { body } = await call({ served: from, databases, principal: ADMIN, path, params, env: 'dev', nowMs: 0 });
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
    ['db/posts/insert', { data: { author_id: 'u1', title: 'x' }, returning: ['note'] }],
    ['db/posts/update', { where: { id: 'p1' }, data: { title: 'y' }, returning: ['title', 'note'] }],
    ['db/posts/delete', { where: { id: 'none' }, returning: ['note'] }],
  ])('warns who calls %s %j', async (path, params) => {
    expect((await answer(path, params as never)).meta.warnings).toEqual([WARNING]);
  });

  it.each([
    ['db/posts/select', { select: ['id', 'title'] }],
    ['db/users/select', {}],
    ['db/posts/count', {}],
    ['db/posts/insert', { data: { author_id: 'u1', title: 'x' } }],
    ['db/posts/insert', { data: { author_id: 'u1', title: 'x' }, returning: ['title'] }],
    ['db/posts/update', { where: { id: 'p1' }, data: { title: 'y' } }],
    ['db/posts/update', { where: { id: 'p1' }, data: { title: 'y' }, returning: true }],
  ])('leaves who calls %s %j in peace', async (path, params) => {
    expect((await answer(path, params as never)).meta?.warnings).toBeUndefined();
  });

  it.each([
    [{ data: { id: 1, s: 'x' } }, true],
    [{ data: { id: 1, i: 2 }, returning: ['s'] }, true],
    [{ data: { id: 1, i: 2 }, returning: ['i'] }, false],
    [{ data: { id: 1, i: 2 } }, false],
  ])('of an upsert %j: warned %j', async (params, isWarned) => {
    const { meta } = await answer('db/samples/upsert', params as never);
    expect(meta?.warnings).toEqual(isWarned ? ['The column "s" is deprecated: too short'] : undefined);
  });

  it('does not lose the rest of meta', async () => {
    const { meta } = await answer('db/posts/select', { count: 'exact', limit: 1, orderBy: { id: 'asc' } });
    expect(meta).toEqual({ count: expect.any(Number), nextCursor: expect.any(String), warnings: [WARNING] });
  });
});

describe('a disabled column', () => {
  it('is read', async () => {
    expect((await answer('db/users/select', { where: { phone: '1' } })).data).toHaveLength(1);
  });

  it.each([
    ['insert', { data: { name: 'x', email: 'x@x.org', phone: '2' } }],
    ['insert', { data: [{ name: 'x', email: 'x@x.org', phone: null }] }],
    ['update', { where: { id: 'u1' }, data: { phone: null } }],
    ['upsert', { data: { name: 'x', email: 'x@x.org', phone: '2' }, conflict: ['email'] }],
    ['upsert', { data: { name: 'x', email: 'x@x.org', phone: '2' }, conflict: ['email'], update: ['name'] }],
  ])('is not written by %s %j', async (operation, params) => {
    await expect(answer(`db/users/${operation}`, params)).rejects.toMatchObject(DISABLED);
    expect(await phones()).toEqual(['1']);
  });

  it.each([
    ['insert', 'insert', { data: { name: 'x', email: 'x@x.org' } }],
    ['update', 'update', { where: { id: 'u1' }, data: { name: 'x' } }],
    ['insert', 'upsert', { data: { name: 'x', email: 'x@x.org' }, conflict: ['email'] }],
    ['update', 'upsert', { data: { name: 'x', email: 'ann@x.org' }, conflict: ['email'] }],
  ] as const)('is not written by what a rule of %s sets, in an %s', async (ruled, operation, params) => {
    const set = { phone: { kind: 'constant', type: 'string', value: '3' } } as const;
    const users = { ...EVERYTHING.users, [ruled]: [{ roles: ['public'], set }] };
    const setting = prepareRelease({
      releaseId: 's',
      contentHash: 's',
      release: ageing(blogRelease({ ...EVERYTHING, users })),
    });
    await expect(answer(`db/users/${operation}`, params as never, setting)).rejects.toMatchObject(DISABLED);
    expect(await phones()).toEqual(['1']);
  });

  it('keeps its value through an upsert that leaves it out', async () => {
    const upsert = { data: { name: 'Anna', email: 'ann@x.org' }, conflict: ['email'] };
    expect((await answer('db/users/upsert', upsert)).data).toMatchObject({ name: 'Anna', phone: '1' });
  });
});

async function phones(): Promise<unknown[]> {
  const { data } = await answer('db/users/select', { select: ['phone'] });
  return data.map(({ phone }: { phone: string }) => phone);
}
