import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database.ts';
import { connect } from './connect.ts';

const ROUNDS = 8;
const LEAVING = 30;

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2 });
  await database.query('create table counted (n integer)', []);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

/** Those who stay, each with something that is sent in a row with what others leave. */
const STAYING: Record<string, (n: number) => Promise<unknown>> = {
  'a brief statement': (n) => database.query('select $1::text', [String(n)], { isBrief: true }),
  'a longer statement': () => database.query('select pg_sleep(0.003)', []),
  'a write': (n) => database.query('insert into counted values ($1::integer)', [String(n)]),
  'a transaction': (n) =>
    database.transaction(async (transaction) => {
      await transaction.query('select pg_sleep(0.002)', []);
      await transaction.query('insert into counted values ($1::integer)', [String(n)]);
    }),
};

it.each(Object.entries(STAYING))(
  '%s is answered, however many go away or have no more time beside it',
  async (_, stay) => {
    const failed: unknown[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const caller = new AbortController();
      const all = Array.from({ length: LEAVING }, (_, n) => {
        const text = n % 3 === 0 ? 'select $1::text, pg_sleep(0.004)' : 'select $1::text';
        const bounds = n % 4 === 0 ? { timeoutMs: 20 } : { signal: caller.signal };
        const leaving = database.query(text, [String(n)], { isBrief: n % 3 !== 0, ...bounds });
        const staying = stay(n).catch((thrown: unknown) => failed.push(thrown));
        return [leaving.catch(() => {}), staying];
      });
      await sleep(2 * round);
      caller.abort();
      await Promise.all(all.flat());
    }
    expect(failed).toEqual([]);
  },
);
