import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { KEEP_MEMORY } from './keep-memory.ts';

const NOTE = 'insert into opened (pid) values (pg_backend_pid())';

let test: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  test = await createTestDatabase();
  open(undefined);
  await sql`create table opened (pid int)`;
});
afterEach(async () => {
  await sql.end({ timeout: 1 });
});
afterAll(() => test.drop());

it('each connection runs its prelude once, before any other statement, and so does the one that comes after it was lost', async () => {
  open(NOTE, { max: 3 });
  const seen = () => sql<{ pid: number; times: number }[]>`
    select pg_backend_pid() as pid, (select count(*)::int from opened where pid = pg_backend_pid()) as times from pg_sleep(0.05)`;
  const many = async () => (await Promise.all(Array.from({ length: 12 }, seen))).flat();
  const rows = [...(await many()), ...(await many())];
  expect(new Set(rows.map(({ pid }) => pid)).size).toBe(3);
  expect(new Set(rows.map(({ times }) => times))).toEqual(new Set([1]));

  await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and pid in (select pid from opened)`;
  // What is sent before their end is known fails with them.
  const after = await vi.waitFor(many, { timeout: 5_000 });
  expect(new Set(after.map(({ times }) => times))).toEqual(new Set([1]));
});

it.each([
  ['a transaction', () => sql.begin((transaction) => transaction`select count(*)::int as times from opened`)],
  [
    'whoever reserves the connection',
    async () => {
      const reserved = await sql.reserve();
      const rows = await reserved`select count(*)::int as times from opened`;
      reserved.release();
      return rows;
    },
  ],
])('%s comes after the prelude', async (_, work) => {
  open(undefined);
  await sql`truncate opened`;
  await sql.end();
  open(NOTE);
  expect(await work()).toEqual([{ times: 1 }]);
  expect(await sql`select count(*)::int as times from opened`).toEqual([{ times: 1 }]);
});

it('a prelude that fails is nobody’s failure', async () => {
  open('select 1 / 0');
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
});

it('a server that does not answer the prelude fails the statement in time, as one that does not let in', async () => {
  open('select pg_sleep(60)', { connect_timeout: 1 });
  await expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
});

it('the prelude that has a server keep its memory runs, and asks for no right', async () => {
  open(KEEP_MEMORY);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  expect(await sql.unsafe(KEEP_MEMORY)).toEqual([{ octet_length: 1_048_576 }]);
});

/** Opens a pool in the place of the one before. */
function open(prelude: string | undefined, options: { max?: number; connect_timeout?: number } = {}): void {
  sql = postgres(test.url, { max: 1, fetch_types: false, ...options, prelude });
}
