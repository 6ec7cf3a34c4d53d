import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

/** What only the patch knows of a pool. */
type Options = NonNullable<Parameters<postgres.Sql['unsafe']>[2]>;

let test: TestDatabase;
let sql: postgres.Sql;
let admin: postgres.Sql;
beforeAll(async () => {
  test = await createTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => {} });
});
beforeEach(() => {
  sql = postgres(test.url, { max: 1, fetch_types: false });
});
afterEach(() => sql.end({ timeout: 1 }));
afterAll(async () => {
  await admin.end({ timeout: 1 });
  await test.drop();
});

it('a statement that cannot be written fails alone, and those in a row with it get answers of their own', async () => {
  const own = (n: number) => sql.unsafe<{ n: number }[]>('select $1::int as n', [n], { prepare: true });
  await own(0);
  const unwritable = () => sql.unsafe('select $1::int as n', [undefined as never], { prepare: true });
  const outcomes = await Promise.allSettled([own(1), unwritable(), own(2), own(3), unwritable(), own(4)]);
  expect(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value[0]?.n : outcome.reason.code)),
  ).toEqual([1, 'UNDEFINED_VALUE', 2, 3, 'UNDEFINED_VALUE', 4]);
});

it('a statement whose plan is stale runs once more, and not in the transaction that was begun behind it', async () => {
  await admin`drop table if exists changing`;
  await admin`create table changing (a int)`;
  await admin`create table if not exists written (n int)`;
  const write = (n: number) =>
    sql.unsafe('with x as (insert into written values ($1::int)) select * from changing', [n], { prepare: true });
  await write(1);
  await admin`alter table changing add column b int`;
  const again = write(2).execute();
  const failing = sql.begin(async (transaction) => {
    await transaction`select pg_sleep(0.05)`;
    throw new Error('The work fails');
  });
  await expect(failing).rejects.toThrow('The work fails');
  await again;
  expect(await admin`select n from written order by n`).toEqual([{ n: 1 }, { n: 2 }]);
});

it.each([1, 2])(
  'statements in a row whose plans are stale are all answered, with rows of their own (connections: %i)',
  async (max) => {
    await admin`drop table if exists changing`;
    await admin`create table changing (a int)`;
    await admin`insert into changing select n from generate_series(1, 40) n`;
    sql = postgres(test.url, { max, fetch_types: false });
    const read = (n: number) =>
      sql.unsafe('select * from changing where a = $1::int', [n], { prepare: true, brief: true } as Options).values();
    await Promise.all([read(1), sql`select pg_sleep(0.05)`.then(() => read(1))]);
    for (let round = 1; round <= 4; round++) {
      await admin.unsafe(`alter table changing add column b${round} int`);
      const numbers = Array.from({ length: 20 }, (_, n) => n + round);
      const answers = Promise.all(numbers.map(async (n) => (await read(n))[0]?.[0]));
      expect(await Promise.race([answers, sleep(3_000, 'nothing')])).toEqual(numbers);
    }
  },
);

it('a statement that was cancelled while it waited for its turn, and runs once more, is answered', async () => {
  await admin`drop table if exists changing`;
  await admin`create table changing (a int)`;
  const read = () => sql.unsafe('select * from changing', [], { prepare: true, simple: false } as Options);
  await read();
  await admin`alter table changing add column b int`;
  const before = sql`select pg_sleep(0.05)`.execute();
  const again = read().execute();
  await sleep(10);
  again.cancel()?.catch(() => {});
  const outcome = again.then(
    () => 'answered',
    ({ code }) => code,
  );
  await before;
  expect(await Promise.race([outcome, sleep(1_000, 'nothing')])).toBe('answered');
});

it('what is cancelled in a transaction before it was sent holds up nothing behind it', async () => {
  await sql
    .begin(async (transaction) => {
      const first = transaction`select ${1}::int, pg_sleep(0.05)`.execute();
      const cancelled = transaction`select ${2}::int`.execute();
      const last = transaction`select ${3}::int as n`.execute();
      await sleep(10);
      await Promise.all([cancelled.cancel(), expect(cancelled).rejects.toMatchObject({ code: '57014' })]);
      await first;
      expect(await Promise.race([last, sleep(1_000, 'nothing')])).toEqual([{ n: 3 }]);
    })
    .catch(({ code }) => expect(code).toBe('57014'));
  expect(await sql`select 1 as n`).toEqual([{ n: 1 }]);
});

it('what waits for a connection when the pool ends is answered, and no connection is left', async () => {
  sql = postgres(test.url, { max: 1, fetch_types: false, connection: { application_name: 'ending' } });
  const long = sql.begin((transaction) => transaction`select pg_sleep(0.1)`);
  await sleep(30);
  const waiting = sql`select 1 as n`.execute();
  const [rows] = await Promise.all([waiting, long, sql.end()]);
  expect(rows).toEqual([{ n: 1 }]);
  await sleep(100);
  expect(await admin`select pid from pg_stat_activity where application_name = 'ending'`).toEqual([]);
});

it('a pool that is ended at once while a connection is about to be made makes none', async () => {
  sql = postgres(test.url, { max: 1, backoff: () => 0.2, connection: { application_name: 'late' } });
  await expect(sql`select pg_terminate_backend(pg_backend_pid())`).rejects.toThrow();
  const late = expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECTION_DESTROYED' });
  await sleep(20);
  await sql.end({ timeout: 0 });
  await late;
  await sleep(400);
  expect(await admin`select pid from pg_stat_activity where application_name = 'late'`).toEqual([]);
});
