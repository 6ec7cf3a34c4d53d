import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { applySteps } from './apply-steps.ts';
import { countRows } from './count-rows.ts';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare } from './testing/declare.ts';
import type { ScratchDatabase } from './testing/scratch-database.ts';

const database = changeTester();
const text: ColumnParts = { type: 'string', nullable: true };
const posts = (columns: Record<string, ColumnParts>) => declare('posts', { columns });

test('of two applies at once, the second says that another one runs', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({})]);
  const plan = await scratch.plan([posts({ a: text })]);
  const blocker = await scratch.sql.reserve();
  await blocker`BEGIN`;
  await blocker`LOCK TABLE posts`;

  const first = applySteps(scratch.sql, plan);
  const rival = postgres(scratch.url, { max: 1 });
  try {
    await expect(retried(() => applySteps(rival, plan))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Another apply'),
    });
  } finally {
    await blocker`ROLLBACK`;
    blocker.release();
    await rival.end();
  }
  await first;
  expect(await scratch.rest([posts({ a: text })])).toEqual({ steps: [], drift: 0 });
});

test('a lock that is not had is given up soon, and asked for again', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({})]);
  const blocker = await scratch.sql.reserve();
  await blocker`BEGIN`;
  await blocker`SELECT * FROM posts`;

  const applied = scratch.migrate([posts({ a: text })]);
  const longestMs = await longestReadMs(scratch, 1_500);
  await blocker`COMMIT`;
  blocker.release();
  await applied;

  expect(longestMs).toBeLessThan(1_000);
  expect(await scratch.rest([posts({ a: text })])).toEqual({ steps: [], drift: 0 });
});

test('a lock that is never had is an error in the end, and leaves everything as it was', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({})]);
  const plan = await scratch.plan([posts({ a: text })]);
  const blocker = await scratch.sql.reserve();
  await blocker`BEGIN`;
  await blocker`SELECT * FROM posts`;

  const applied = applySteps(scratch.sql, plan, { lockTimeoutMs: 50, retryForMs: 200 });

  await expect(applied).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('lock') });
  await blocker`COMMIT`;
  blocker.release();
  expect((await scratch.rest([posts({ a: text })])).steps).toEqual(['posts: add column a']);
});

const failing: {
  name: string;
  before: ColumnParts;
  rows: string;
  after: ColumnParts;
  message: string;
  rowsConcerned: number;
}[] = [
  {
    name: 'not null over nulls',
    before: text,
    rows: `('1', NULL), ('2', 'x')`,
    after: { type: 'string' },
    message: 'holds null',
    rowsConcerned: 1,
  },
  {
    name: 'unique over duplicates',
    before: text,
    rows: `('1', 'x'), ('2', 'x'), ('3', 'y'), ('4', NULL), ('5', NULL)`,
    after: { ...text, unique: true },
    message: 'duplicates',
    rowsConcerned: 2,
  },
  {
    name: 'a text too long',
    before: text,
    rows: `('1', 'abcd'), ('2', 'ab')`,
    after: { ...text, native: 'varchar(3)' },
    message: 'longer',
    rowsConcerned: 1,
  },
  {
    name: 'a number too great',
    before: { type: 'bigint', nullable: true },
    rows: `('1', 4000000000), ('2', -2147483648), ('3', NULL)`,
    after: { type: 'int', nullable: true },
    message: 'range',
    rowsConcerned: 1,
  },
];

test.each(failing)('counted beforehand, refused by the database and cleared away: $name', async (one) => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: one.before })]);
  await scratch.run(`INSERT INTO posts VALUES ${one.rows}`);
  const after = [posts({ a: one.after })];

  const plan = await countRows(scratch.sql, await scratch.plan(after));
  expect(plan.steps.map((step) => step.rows)).toEqual([one.rowsConcerned]);
  await expect(applySteps(scratch.sql, plan)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(one.message),
    details: { table: 'posts' },
  });
  expect(await scratch.rest([posts({ a: one.before })])).toEqual({ steps: [], drift: 0 });

  await scratch.run('DELETE FROM posts');
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('a foreign key over rows that lead nowhere is refused, and validated once they are gone', async () => {
  const scratch = await database.empty();
  await scratch.migrate([declare('users'), posts({ u: text })]);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'nobody')`);
  const after = [declare('users'), posts({ u: { ...text, references: { table: 'users' } } })];

  await expect(scratch.migrate(after)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('not there'),
  });
  expect((await scratch.rest(after)).steps).toEqual(['posts: validate foreign key u → users (id)']);

  await scratch.run('DELETE FROM posts');
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('an index whose building was interrupted is built anew', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: text })]);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'x'), ('2', 'x')`);
  await scratch.sql.unsafe('CREATE UNIQUE INDEX CONCURRENTLY posts_a_key ON posts (a)').catch(() => undefined);
  await scratch.run(`DELETE FROM posts WHERE id = '2'`);
  const after = [posts({ a: { ...text, unique: true } })];

  const plan = await scratch.migrate(after);

  expect(plan.steps.map((step) => step.what)).toEqual([
    'add unique index on (a), in place of one whose building was interrupted',
  ]);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('a check that an interrupted change left behind is used up or removed', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: text })]);
  await scratch.run('ALTER TABLE posts ADD CONSTRAINT posts_a_stk_not_null CHECK (a IS NOT NULL) NOT VALID');

  expect((await scratch.rest([posts({ a: text })])).steps).toEqual([
    'posts: remove the check that an interrupted change of a left behind',
  ]);
  await scratch.migrate([posts({ a: { type: 'string' } })]);
  expect(await scratch.rest([posts({ a: { type: 'string' } })])).toEqual({ steps: [], drift: 0 });
  await scratch.migrate([posts({ a: text })]);
  expect(await scratch.rest([posts({ a: text })])).toEqual({ steps: [], drift: 0 });
});

test('an apply that was cut off between any two commits is finished by another one', async () => {
  const scratch = await database.empty();
  const before = [declare('users'), posts({ a: text, z: text })];
  const after = [
    declare('users'),
    declare('tags', { schema: 'app', columns: { t: { ...text, unique: true } } }),
    posts({
      a: { type: 'string', unique: true },
      b: { ...text, references: { table: 'users' } },
      c: { type: 'bigint', default: { kind: 'literal', value: '1' } },
    }),
  ];
  await scratch.migrate(before);
  const commits = (await scratch.plan(after)).steps.flatMap((step) => step.groups);
  expect(commits.length).toBeGreaterThan(9);
  for (let done = 1; done < commits.length; done++) {
    await database.empty();
    await scratch.migrate(before);
    // Statements that are sent together are one transaction.
    for (const { statements } of commits.slice(0, done)) await scratch.run(statements.join(';'));
    await scratch.migrate(after);
    expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
  }
});

test('a session that is killed in the middle of an apply is reported as such, and frees the way', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({})]);
  const plan = await scratch.plan([posts({ a: text })]);
  const blocker = await scratch.sql.reserve();
  await blocker`BEGIN`;
  await blocker`LOCK TABLE posts`;
  const sql = postgres(scratch.url, { max: 1, onnotice: () => undefined, connection: { application_name: 'victim' } });

  const applied = applySteps(sql, plan, { lockTimeoutMs: 5_000 });
  applied.catch(() => undefined);
  await sleep(200);
  await blocker`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'`;

  await expect(applied).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await blocker`ROLLBACK`;
  blocker.release();
  await sql.end();
  await scratch.migrate([posts({ a: text })]);
  expect(await scratch.rest([posts({ a: text })])).toEqual({ steps: [], drift: 0 });
});

async function retried(action: () => Promise<void>): Promise<void> {
  await sleep(150);
  return action();
}

/** The longest time that a read of `posts` took, reading for `forMs`. */
async function longestReadMs(scratch: ScratchDatabase, forMs: number): Promise<number> {
  const endMs = performance.now() + forMs;
  let longestMs = 0;
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    await scratch.sql`SELECT count(*) FROM posts`;
    longestMs = Math.max(longestMs, performance.now() - startedMs);
    await sleep(5);
  }
  return longestMs;
}
