import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, FrailProxy, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database.ts';
import { connect } from './connect.ts';

const SEEDS = [1, 2, 3];
const CALLERS = 40;
const STRESS_MS = 400;
const CONNECTIONS = 3;
/** Nothing that is asked may take longer: the time of a statement, and what a cancelled one is given to end. */
const MOST_MS = 8_000;
const PATIENCE_MS = 5_000;

let test: TestDatabase;
let proxy: FrailProxy;
let admin: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await FrailProxy.start(test.url);
  admin = connect({ url: test.url, poolMax: 1 });
  await admin.query('create table kept (n integer primary key)', []);
});
afterAll(async () => {
  await admin.close(1_000);
  await proxy.close();
  await test.drop();
});

/** What came of everything, by whoever asked. */
interface Outcome {
  readonly wrong: string[];
  readonly committed: number[];
}

it.each(SEEDS)(
  'whatever is cancelled, cut or failed: each caller gets its own rows, commits are kept, no connection is (seed %i)',
  async (seed) => {
    await admin.query('truncate kept', []);
    const random = randomFrom(seed);
    const database = connect({ url: proxy.url, poolMax: CONNECTIONS, applicationName: 'stressed' });
    const outcome: Outcome = { wrong: [], committed: [] };
    const untilMs = performance.now() + STRESS_MS;
    let n = 0;
    const callers = Array.from({ length: CALLERS }, async () => {
      while (performance.now() < untilMs) await inTime(ask({ database, n: n++, random }, outcome), outcome);
    });
    await Promise.all([...callers, harm(random, untilMs)]);

    expect(outcome.wrong).toEqual([]);
    const { rows } = await admin.query('select n from kept', []);
    const inDatabase = new Set(rows.map(([kept]) => Number(kept)));
    expect(outcome.committed.filter((kept) => !inDatabase.has(kept))).toEqual([]);
    expect(outcome.committed.length).toBeGreaterThan(0);
    await expect.poll(() => connections("and state <> 'idle'")).toBe(0);
    const all = () =>
      Promise.all(
        Array.from({ length: 3 * CONNECTIONS }, () => database.transaction((own) => own.query('select 1', []))),
      );
    // In the moment until the driver has noticed what was done last, some may be lost.
    await expect.poll(() => all().then(() => 'answered', String), { timeout: PATIENCE_MS }).toBe('answered');
    await all();
    await endInTheMidst({ database, random }, outcome);
    expect(outcome.wrong).toEqual([]);
  },
);

/** Whoever asks when the pool ends is answered or told, and nothing is left of it. */
async function endInTheMidst(
  { database, random }: Pick<Asked, 'database' | 'random'>,
  outcome: Outcome,
): Promise<void> {
  const callers = Array.from({ length: CALLERS }, (_, n) =>
    inTime(ask({ database, n: -1 - n, random }, outcome), outcome),
  );
  await sleep(random() * 10);
  await inTime(database.close(random() * 100), outcome);
  await Promise.all(callers);
  await expect.poll(() => connections('')).toBe(0);
}

interface Asked {
  readonly database: Database;
  /** What nobody else asks for. */
  readonly n: number;
  readonly random: () => number;
}

/** Asks in one of many ways that may fail. */
async function ask({ database, n, random }: Asked, { wrong, committed }: Outcome): Promise<void> {
  const chance = (oneIn: number) => random() * oneIn < 1;
  const caller = new AbortController();
  const leaves = chance(3);
  if (leaves) sleep(random() * 15).then(() => caller.abort());
  const isHurried = chance(10);
  const options = { signal: caller.signal, timeoutMs: isHurried ? 5 : PATIENCE_MS };
  const own = String(n);
  const check = (rows: readonly (readonly (string | null)[])[]) => {
    if (rows[0]?.[0] !== own) wrong.push(`${own} was given ${rows[0]?.[0]}`);
  };
  const read = async (isBrief: boolean) => {
    const text = chance(isBrief ? 40 : 5) ? 'select $1::text, pg_sleep(0.01)' : 'select $1::text';
    check((await database.query(text, [own], { ...options, isBrief })).rows);
  };
  try {
    if (chance(2)) return await read(true);
    if (chance(3)) return await read(false);
    if (chance(3)) await database.query('insert into kept values ($1::integer)', [own], options);
    else
      await database.transaction(async (transaction) => {
        await transaction.query('insert into kept values ($1::integer)', [own]);
        check((await transaction.query('select n from kept where n = $1::integer', [own])).rows);
        if (chance(5)) await transaction.query('select pg_sleep(0.01)', []);
        if (chance(5)) throw new Error('The work fails');
      }, options);
    committed.push(n);
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string };
    const isExpected = code === 'SERVICE_UNAVAILABLE' || (code === 'QUERY_TIMEOUT' && isHurried);
    if (!isExpected && message !== 'The work fails') wrong.push(`${own} failed with ${message}`);
  }
}

/** Does what networks and servers do: cuts connections at work, as they are made, and in their first statement. */
async function harm(random: () => number, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    await sleep(20 + random() * 80);
    const kind = random();
    if (kind < 0.3) proxy.resetOne(random());
    else if (kind < 0.4) proxy.resetAll();
    else if (kind < 0.7) proxy.cutNextAfter(Math.floor(random() * 1_200));
    else
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'stressed' and datname = current_database() limit 1`,
        [],
      );
  }
  proxy.heal();
}

async function connections(condition: string): Promise<number> {
  const { rows } = await admin.query(
    `select count(*) from pg_stat_activity where application_name = 'stressed' and datname = current_database() ${condition}`,
    [],
  );
  return Number(rows[0]?.[0]);
}

async function inTime(promise: Promise<void>, { wrong }: Outcome): Promise<void> {
  const late = sleep(MOST_MS, 'late', { ref: false });
  if ((await Promise.race([promise, late])) === 'late') wrong.push('nothing came');
}

/** The same numbers from 0 to below 1 for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
