import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease } from './served-release.ts';
import { blogRelease } from './testing/blog.ts';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog } from './testing/served-blog.ts';

const CEILING = 40_000;
/** A byte of it makes six of JSON. */
const CONTROL = '\u0001';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples;
    insert into users values
      ('u1', 'Ann', 'ann@x.org', repeat('x', 30000)), ('u2', 'Bob', 'bob@x.org', repeat(E'\\x01', 7000)), ('u3', 'Cy', 'cy@x.org', null);
    insert into posts (id, author_id, title, note) select 'p' || n, 'u1', 'One', repeat('x', 30000) from generate_series(1, 2) as n;
    insert into posts (id, author_id, title, note) values ('c', 'u1', 'One', repeat(E'\\x01', 7000)), ('s', 'u1', 'One', 'short')`);
});
afterAll(() => blog.close());

/** The body of a write, or the code of its refusal; and the transactions that it took. */
async function written(path: string, params: Json): Promise<{ outcome: string; transactions: number }> {
  const served = prepareRelease({ releaseId: 'r1', contentHash: 'sha256:0', release: blogRelease(EVERYTHING) });
  const limits = { ...served.limits, answerBytes: CEILING };
  let transactions = 0;
  const counting: typeof blog.database.transaction = (work, options) => {
    transactions++;
    return blog.database.transaction(work, options);
  };
  const database = new Proxy(blog.database, {
    get: (target, name) => {
      if (name === 'transaction') return counting;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const databases = new Map([['main', database]]);
  const request = { served: { ...served, limits }, databases, principal: ADMIN, path, params, env: 'dev', nowMs: 0 };
  const outcome = await call(request).then(
    ({ body }) => String(body),
    (error) => error.code,
  );
  return { outcome, transactions };
}

/** All that there is. */
async function stored(): Promise<unknown> {
  const tables = await Promise.all(
    ['users', 'posts', 'samples'].map((name) => blog.database.query(`select * from ${name} order by id`, [])),
  );
  return tables.map(({ rows }) => rows);
}

const user = (name: string) => ({ name, email: `${name}@x.org` });
const post = (note: string) => ({ author_id: 'u1', title: 'New', note });

describe('a write whose answer is larger than it may be', () => {
  it.each<[string, string, Json]>([
    ['an insert', 'db/posts/insert', { data: post('x'.repeat(50_000)) }],
    ['an insert of two rows', 'db/posts/insert', { data: [post('x'.repeat(21_000)), post('x'.repeat(21_000))] }],
    ['an insert of what has to be escaped', 'db/posts/insert', { data: post(CONTROL.repeat(7_000)) }],
    [
      'an insert of numbers that are written out',
      'db/samples/insert',
      { data: { id: 7, j: Array.from({ length: 200 }, () => 1e300) } },
    ],
    ['an upsert of what is there', 'db/users/upsert', { data: user('bob'), conflict: ['email'] }],
    ['an upsert of two rows', 'db/users/upsert', { data: [user('ann'), user('bob')], conflict: ['email'] }],
    [
      'an update of two rows',
      'db/posts/update',
      { where: { id: { $startsWith: 'p' } }, data: { title: 'Else' }, returning: true },
    ],
    ['an update', 'db/posts/update', { where: { id: 'c' }, data: { title: 'Else' }, returning: ['note'] }],
    ['a delete of two rows', 'db/posts/delete', { where: { id: { $startsWith: 'p' } }, returning: ['note'] }],
    ['a delete', 'db/posts/delete', { where: { id: 'c' }, returning: true }],
  ])('is refused and not done: %s', async (_name, path, params) => {
    const before = await stored();
    expect((await written(path, params)).outcome).toBe('RESULT_TOO_LARGE');
    expect(await stored()).toEqual(before);
  });
});

describe('a write whose answer is just small enough', () => {
  it.each<[string, string, Json]>([
    ['an insert', 'db/posts/insert', { data: post('x'.repeat(35_000)) }],
    ['an insert of what has to be escaped', 'db/posts/insert', { data: post(CONTROL.repeat(6_000)) }],
    ['an upsert', 'db/users/upsert', { data: user('ann'), conflict: ['email'] }],
    ['an update', 'db/posts/update', { where: { id: 'p1' }, data: { note: CONTROL.repeat(6_550) }, returning: true }],
    ['a delete', 'db/posts/delete', { where: { id: 'p1' }, returning: true }],
  ])('is done once: %s', async (_name, path, params) => {
    const before = await stored();
    const { outcome, transactions } = await written(path, params);
    expect(outcome.length).toBeGreaterThan(CEILING - 10_000);
    expect(transactions).toBe(1);
    expect(await stored()).not.toEqual(before);
  });
});

describe('an ordinary write', () => {
  it.each<[string, Json]>([
    ['db/posts/insert', { data: { author_id: 'u1', title: 'New' } }],
    ['db/users/upsert', { data: user('cy'), conflict: ['email'] }],
    ['db/posts/update', { where: { id: 's' }, data: { title: 'Else' }, returning: true }],
    ['db/posts/update', { where: { id: { $ne: '' } }, data: { title: 'Else' }, returning: ['likes'] }],
    ['db/posts/update', { where: { id: { $ne: '' } }, data: { title: 'Else' } }],
    ['db/posts/delete', { where: { id: 's' }, returning: true }],
  ])('takes no transaction of its own: %s %j', async (path, params) => {
    const { outcome, transactions } = await written(path, params);
    expect([outcome.startsWith('{"data":'), transactions]).toEqual([true, 0]);
  });
});
