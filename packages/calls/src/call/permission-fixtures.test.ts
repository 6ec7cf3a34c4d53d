import { type CallOperation, type FixtureRow, type Json, type Principal, StkError } from '@santokit/contract';
import { runFixtures } from '@santokit/policy';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './testing/blog.ts';
import { BLOG_ROWS } from './testing/blog-rows.ts';
import { randomRules } from './testing/random-rules.ts';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

const CALLERS: readonly Principal[] = [
  { type: 'user', sub: 'u1', roles: ['reader', 'u2'], claims: {} },
  { type: 'api_key', sub: null, roles: ['reader'], claims: {} },
  { type: 'user', sub: 'u2', roles: [], claims: {} },
];
const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
const RUNS = Number(process.env.STK_TEST_RULES ?? 20);

let blog: ServedBlog;
let posts: readonly FixtureRow[];
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(BLOG_ROWS);
  posts = (await blog.json('db/posts/select', { limit: 4 })).data;
});
afterAll(() => blog.close());

const NEW = {
  author_id: 'u1',
  title: 'New one',
  status: 'draft',
  likes: 4,
  note: null,
  created_at: '2026-01-01T00:00:00Z',
} as const;

/** What a fixture says, and the call that does the same to the database. */
const CASES: readonly {
  readonly operation: CallOperation;
  readonly data?: FixtureRow;
  readonly params: (id: Json) => Json;
}[] = [
  { operation: 'select', params: (id) => ({ where: { id } }) },
  { operation: 'count', params: (id) => ({ where: { id } }) },
  {
    operation: 'update',
    data: { status: 'published' },
    params: (id) => ({ where: { id }, data: { status: 'published' } }),
  },
  {
    operation: 'update',
    data: { likes: 1, note: 'x' },
    params: (id) => ({ where: { id }, data: { likes: 1, note: 'x' } }),
  },
  { operation: 'delete', params: (id) => ({ where: { id } }) },
  { operation: 'insert', data: NEW, params: () => ({ data: NEW }) },
];

it('a permission test decides as the Bridge and its database do', { timeout: 3_600_000 }, async () => {
  const decided = { allow: 0, deny: 0 };
  const property = fc.asyncProperty(randomRules('reader'), fc.constantFrom(...CALLERS), async (tables, principal) => {
    const served = prepareRelease({ releaseId: 'r', contentHash: 'sha256:0', release: blogRelease(tables) });
    for (const row of posts)
      for (const { operation, data, params } of CASES) {
        const actual = await outcomeOf(served, { principal, operation, params: params(row.id ?? null) });
        const fixture = { file: 'f', name: 'n', as: principal, table: 'posts', operation, expect: actual };
        const scope = { schema: BLOG_SCHEMA, permissions: { tables }, timeMs: NOW_MS, env: 'dev' };
        const given = {
          ...fixture,
          ...(operation === 'insert' ? {} : { row }),
          ...(data === undefined ? {} : { data }),
        };
        expect([operation, row, runFixtures([given], scope).failed]).toEqual([operation, row, []]);
        decided[actual]++;
      }
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(Math.min(decided.allow, decided.deny)).toBeGreaterThan(RUNS);
});

interface Asked {
  readonly principal: Principal;
  readonly operation: CallOperation;
  readonly params: Json;
}

class Undone extends Error {}

/** Whether a call comes to the row that it is about; nothing of it stays. */
async function outcomeOf(served: ServedRelease, asked: Asked): Promise<'allow' | 'deny'> {
  let outcome: 'allow' | 'deny' = 'deny';
  const { principal, operation, params } = asked;
  const undone = blog.database.transaction(async (transaction) => {
    const databases = new Map();
    const path = `db/posts/${operation}`;
    const { body } = await call({ served, databases, transaction, principal, path, params, env: 'dev', nowMs: NOW_MS });
    const { data } = JSON.parse(String(body));
    outcome = (Array.isArray(data) ? data.length : (data.affected ?? data.count ?? 1)) > 0 ? 'allow' : 'deny';
    throw new Undone();
  });
  await undone.catch((thrown: unknown) => {
    if (thrown instanceof Undone) return;
    // What other rows refer to was reached, and is kept by the database.
    if (thrown instanceof StkError && thrown.code === 'CONFLICT') outcome = 'allow';
    else if (!(thrown instanceof StkError && thrown.code === 'FORBIDDEN')) throw thrown;
  });
  return outcome;
}
