import { setImmediate } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database.ts';
import { connect } from './connect.ts';

const CONNECTIONS = 4;
/** Brief statements that one connection takes at once. */
const MOST_GATHERED = 8;

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: CONNECTIONS });
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});
beforeEach(async () => {
  const pids = await Promise.all(Array.from({ length: CONNECTIONS }, () => processOf(database, { seconds: 0.1 })));
  expect(new Set(pids).size).toBe(CONNECTIONS);
});

it('brief statements that are sent at once run on one connection, as many as it takes', async () => {
  const pids = await Promise.all(
    Array.from({ length: MOST_GATHERED + 1 }, () => processOf(database, { isBrief: true })),
  );
  expect(new Set(pids.slice(0, MOST_GATHERED)).size).toBe(1);
  expect(new Set(pids).size).toBe(2);
});

it('other statements that are sent at once run on a connection each', async () => {
  const pids = await Promise.all(Array.from({ length: CONNECTIONS }, () => processOf(database)));
  expect(new Set(pids).size).toBe(CONNECTIONS);
});

it('a brief statement waits neither for another one that is sent with it, nor for a brief one that was sent before', async () => {
  const long = processOf(database, { seconds: 0.3 });
  const brief = processOf(database, { isBrief: true, seconds: 0.3 });
  await setImmediate();
  const later = processOf(database, { isBrief: true });
  const first = await Promise.race([long.then(() => 'long'), brief.then(() => 'brief'), later.then(() => 'later')]);
  expect(first).toBe('later');
  expect(new Set([await long, await brief, await later]).size).toBe(3);
});

it('a brief statement does not wait for another one on the connection that took brief ones before', async () => {
  const gathered = await processOf(database, { isBrief: true });
  for (let others = 1; others < CONNECTIONS; others++) await processOf(database);
  const long = processOf(database, { seconds: 0.3 });
  const brief = processOf(database, { isBrief: true });
  expect(await brief).not.toBe(gathered);
  expect(await long).toBe(gathered);
});

it('a brief statement finds its place where every connection is at work', async () => {
  const busy = Array.from({ length: CONNECTIONS }, () => processOf(database, { seconds: 0.1 }));
  const brief = Array.from({ length: 3 * MOST_GATHERED }, () => processOf(database, { isBrief: true }));
  const pids = new Set(await Promise.all(busy));
  for (const pid of await Promise.all(brief)) expect(pids).toContain(pid);
});

it('what fails among brief statements fails alone', async () => {
  const options = { isBrief: true };
  const [before, failed, after] = await Promise.allSettled([
    database.query('select 1', [], options),
    database.query('select 1 / $1::integer', ['0'], options),
    database.query('select 2', [], options),
  ]);
  expect([before.status, failed.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

/** The server process that a statement runs in. */
async function processOf(
  queryable: Database,
  { isBrief = false, seconds = 0 }: { isBrief?: boolean; seconds?: number } = {},
): Promise<string | null | undefined> {
  const text = 'select pg_backend_pid(), pg_sleep($1::double precision)';
  const { rows } = await queryable.query(text, [String(seconds)], { isBrief });
  return rows[0]?.[0];
}
