import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseConnectionUrl } from './connection-url.ts';

const CONNECTIONS = 4;
const ROUNDS = 6;

let test: TestDatabase;
let url: URL;
let sql: postgres.Sql;
const clients = new Set<Socket>();
/** Whose bytes go nowhere any more. */
const silent = new Set<Socket>();
const proxy = createServer({ allowHalfOpen: true }, (client) => {
  const { host, port } = parseConnectionUrl(test.url);
  const server = dial({ host, port, allowHalfOpen: true });
  clients.add(client.on('close', () => clients.delete(client)));
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => {});
    from.on('close', () => to.destroy());
    from.on('data', (bytes) => silent.has(client) || to.write(bytes));
    from.on('end', () => silent.has(client) || to.end());
  }
});
const resetAll = () => {
  for (const client of clients) client.resetAndDestroy();
};

beforeAll(async () => {
  test = await createTestDatabase();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url = new URL(test.url);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
beforeEach(() => {
  sql = postgres(url.href, { max: CONNECTIONS, connect_timeout: 1, backoff: () => 0.02 });
});
afterAll(async () => {
  resetAll();
  await new Promise((resolve) => proxy.close(resolve));
  await test.drop();
});

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
    resetAll();
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
  resetAll();
  expect(await ended).toBe('failed');
  expect(await Promise.all(asked)).toEqual(['failed', 'failed', 'failed', 'failed']);
  await sql.end();
});

it('a pool whose connection is reset while it ends has ended', async () => {
  const running = outcome(sql`select pg_sleep(2)`);
  await sleep(50);
  const ended = outcome(sql.end());
  await sleep(20);
  resetAll();
  expect(await Promise.all([running, ended])).toEqual(['failed', 'answered']);
});

it('a connection whose good-bye nobody hears is let go of, so that statements get another', async () => {
  const brief = postgres(url.href, { max: 1, connect_timeout: 1, idle_timeout: 0.1, backoff: () => 0.02 });
  await brief`select 1`;
  for (const client of clients) silent.add(client);
  await sleep(200);
  expect(await outcome(brief`select 1`)).toBe('answered');
  await brief.end();
});
