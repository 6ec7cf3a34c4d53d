import { setTimeout } from 'node:timers/promises';
import { createTestDatabase } from '@santokit/devkit';
import { expect, it } from 'vitest';
import type { Database } from '../database.ts';
import { connect } from './connect.ts';

const CALLERS = 40;
const ROUNDS = 30;
const CUTS = 4;

/** What came of everything, by whoever asked. */
interface Outcome {
  readonly foreign: string[];
  readonly committed: number[];
}

it('whatever is cancelled, cut or failed: each caller gets its own rows, commits are kept, no connection is', async () => {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 3, applicationName: 'stressed' });
  const admin = connect({ url: test.url, poolMax: 1 });
  await admin.query('create table kept (n integer primary key)', []);
  const outcome: Outcome = { foreign: [], committed: [] };

  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let round = 0; round < ROUNDS; round++) await ask(database, caller * ROUNDS + round, outcome);
  });
  const cutting = cutConnections(admin);
  await Promise.all([...callers, cutting]);

  expect(outcome.foreign).toEqual([]);
  const { rows } = await admin.query('select n from kept', []);
  const inDatabase = new Set(rows.map(([n]) => Number(n)));
  expect(outcome.committed.filter((n) => !inDatabase.has(n))).toEqual([]);
  expect(outcome.committed.length).toBeGreaterThan(0);
  await expect.poll(() => busyConnections(admin)).toBe(0);
  await Promise.all(Array.from({ length: 9 }, () => database.transaction((own) => own.query('select 1', []))));
  await Promise.all([database.close(1_000), admin.close(1_000)]);
  await test.drop();
});

/** Asks for something that nobody else asks for, in one of many ways that may fail. */
async function ask(database: Database, n: number, { foreign, committed }: Outcome): Promise<void> {
  const caller = new AbortController();
  const chance = (oneIn: number) => Math.floor(Math.random() * oneIn) === 0;
  if (chance(3)) setTimeout(Math.random() * 15).then(() => caller.abort());
  const options = { signal: caller.signal, timeoutMs: chance(10) ? 5 : 10_000 };
  const own = String(n);
  const check = (rows: readonly (readonly (string | null)[])[]) => {
    if (rows[0]?.[0] !== own) foreign.push(`${own} was given ${rows[0]?.[0]}`);
  };
  try {
    if (chance(2)) {
      const text = chance(5) ? 'select $1::text, pg_sleep(0.01)' : 'select $1::text';
      check((await database.query(text, [own], options)).rows);
      return;
    }
    await database.transaction(async (transaction) => {
      await transaction.query('insert into kept values ($1::integer)', [own]);
      check((await transaction.query('select n from kept where n = $1::integer', [own])).rows);
      if (chance(5)) await transaction.query('select pg_sleep(0.02)', [], { timeoutMs: chance(2) ? 5 : 1_000 });
      if (chance(5)) throw new Error('The work fails');
    }, options);
    committed.push(n);
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string };
    if (code !== 'QUERY_TIMEOUT' && code !== 'SERVICE_UNAVAILABLE' && message !== 'The work fails') throw thrown;
  }
}

async function cutConnections(admin: Database): Promise<void> {
  for (let cut = 0; cut < CUTS; cut++) {
    await setTimeout(100);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'stressed' and datname = current_database() limit 1`,
      [],
    );
  }
  // The driver learns of the last one.
  await setTimeout(100);
}

async function busyConnections(admin: Database): Promise<number> {
  const { rows } = await admin.query(
    `select count(*) from pg_stat_activity
      where application_name = 'stressed' and datname = current_database() and state <> 'idle'`,
    [],
  );
  return Number(rows[0]?.[0]);
}
