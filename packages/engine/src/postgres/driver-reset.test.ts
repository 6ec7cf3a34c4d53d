import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, FrailProxy, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { KEEP_MEMORY } from './keep-memory.ts';

const CONNECTIONS = 4;
const ROUNDS = 6;
/** What a server says until its connection's first statement is answered is less. */
const BYTES_OF_START = 1_000;

let test: TestDatabase;
let proxy: FrailProxy;
let sql: postgres.Sql;

beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await FrailProxy.start(test.url);
});
beforeEach(() => {
  sql = open();
});
afterAll(async () => {
  await proxy.close();
  await test.drop();
});

function open(options: postgres.Options<Record<string, postgres.PostgresType>> = {}): postgres.Sql {
  return postgres(proxy.url, {
    max: CONNECTIONS,
    connect_timeout: 1,
    fetch_types: false,
    prelude: KEEP_MEMORY,
    backoff: () => 0.02,
    ...options,
  });
}

/** What came of a statement, or that nothing did. */
async function outcome(statement: PromiseLike<unknown>): Promise<unknown> {
  const told = Promise.resolve(statement).then(
    () => 'answered',
    () => 'failed',
  );
  return await Promise.race([told, sleep(2_000, 'nothing', { ref: false })]);
}

it('statements that come while all connections are reset are answered or fail, and those after them get answers of their own', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = Array.from({ length: 2 * CONNECTIONS }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => sql`select ${n}::int as n, pg_sleep(0.005)`));
    expect(answers.map(([row]) => row?.n)).toEqual(numbers);
    // All others are idle: what follows the first failure comes between the end of some and the news of it.
    const first = sql`select pg_sleep(2)`.catch(() => Promise.all(numbers.map(() => outcome(sql`select 1`))));
    await sleep(20);
    proxy.resetAll();
    expect(await first).not.toContain('nothing');
  }
  await sql.end();
});

it('a transaction whose connection is reset fails with all statements that it has asked for', async () => {
  const asked: Promise<unknown>[] = [];
  const ended = outcome(
    sql.begin(async (tx) => {
      asked.push(outcome(tx`select pg_sleep(2)`), outcome(tx`select ${1}::int`), outcome(tx`select ${2}::int`));
      await Promise.all(asked);
      asked.push(outcome(tx`select 1`));
      await asked.at(-1);
    }),
  );
  await sleep(50);
  proxy.resetAll();
  expect(await ended).toBe('failed');
  expect(await Promise.all(asked)).toEqual(['failed', 'failed', 'failed', 'failed']);
  await sql.end();
});

it('a pool whose connection is reset while it ends has ended', async () => {
  const running = outcome(sql`select pg_sleep(2)`);
  await sleep(50);
  const ended = outcome(sql.end());
  await sleep(20);
  proxy.resetAll();
  expect(await Promise.all([running, ended])).toEqual(['failed', 'answered']);
});

it('a connection whose good-bye nobody hears is let go of, so that statements get another', async () => {
  const idle = open({ max: 1, idle_timeout: 0.1 });
  await idle`select 1`;
  proxy.silenceAll();
  await sleep(200);
  expect(await outcome(idle`select 1`)).toBe('answered');
  await idle.end();
});

it('brief statements on a connection that is reset are answered or fail, and those after them get answers of their own', async () => {
  const brief = (n: number) =>
    sql.unsafe<{ n: number }[]>('select $1::int as n', [n], { prepare: true, brief: true } as object);
  const numbers = Array.from({ length: 3 * 8 }, (_, n) => n);
  for (let round = 0; round < ROUNDS; round++) {
    const lost = Promise.all(numbers.map((n) => outcome(brief(n).execute())));
    await sleep(round / 2);
    proxy.resetAll();
    expect(await lost).not.toContain('nothing');
    await expect.poll(() => outcome(Promise.all(numbers.map((n) => brief(n).execute())))).toBe('answered');
    const answers = await Promise.all(numbers.map((n) => brief(n).execute()));
    expect(answers.map(([row]) => row?.n)).toEqual(numbers);
  }
  await sql.end();
});

it.each<[string, () => PromiseLike<unknown>]>([
  ['a statement', () => sql`select 1`],
  ['a transaction', () => sql.begin((transaction) => transaction`select 1`)],
  ['whoever reserves it', () => sql.reserve().then((reserved) => reserved.release())],
])(
  '%s, for which a connection is made, is answered or fails wherever its start is cut, and the next one gets another',
  async (_, work) => {
    let answered = 0;
    for (let bytes = 0; bytes < BYTES_OF_START; bytes += 40) {
      sql = open({ max: 1 });
      proxy.cutNextAfter(bytes);
      const first = await outcome(work());
      expect(first).not.toBe('nothing');
      if (first === 'answered') answered++;
      proxy.heal();
      expect(await outcome(work())).toBe('answered');
      expect(await outcome(sql.end())).toBe('answered');
    }
    expect(answered).toBeGreaterThan(0);
  },
);
