import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const EVENTS = 300;
const FILES = {
  'events/topics/asked.yaml': 'name: asked\nschema: { n: { type: int } }\n',
  'events/subscriptions/answer.yaml':
    'name: answer\ntopic: asked\nhandler: logics/answer\nretry: { maxRetries: 0 }\ndeadLetter: true\n',
  'logics/answer.sql': 'insert into answers (n) select (:event.n)::int / ok from able',
  'logics/ask.sql': `---
roles: [admin]
publish: [{ topic: asked, mapping: { n: ":result.n" } }]
---
select n from generate_series(1, ${EVENTS}) n`,
};

const stage = new Stage();
let sql: postgres.Sql;
let bridge: BridgeClient;
beforeAll(async () => {
  await stage.open();
  sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => undefined });
  await sql`create table answers (n int primary key)`;
  await sql`create table able as select 0 as ok`;
  stage.apply(eventRelease(FILES));
  bridge = await (await stage.bridge({ jobsUrl: stage.databaseUrl, workers: true })).ready();
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

const count = async (table: string) => Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]?.n);
const letters = () => count('santokit.dead_letters');
const waiting = () => count('santokit.deliveries where claimed_by is null and attempts = 0');
/** As if nothing had been tried for a while. */
const later = () => sql`update santokit.breakers set probed_at = now() - interval '1 minute'`;
const pause = () => new Promise((resolve) => setTimeout(resolve, 1_500));

it('a subscription that keeps failing is left alone, tried with one event now and then, and goes on when that goes well', async () => {
  expect((await bridge.call('logics/ask', {})).status).toBe(200);
  await until(async () => (await count('santokit.breakers where opened_at is not null')) === 1);
  await until(async () => (await letters()) + (await waiting()) === EVENTS);
  const failed = await letters();
  // Those that ran at the time when the tenth failed end, too.
  expect(failed).toBeGreaterThanOrEqual(10);
  expect(failed).toBeLessThan(20);
  await pause();
  expect(await letters()).toBe(failed);
  await later();
  await until(async () => (await letters()) > failed);
  await pause();
  expect([await letters(), await waiting()]).toEqual([failed + 1, EVENTS - failed - 1]);
  await sql`update able set ok = 1`;
  await pause();
  expect(await count('answers')).toBe(0);
  await later();
  await until(async () => (await count('answers')) === EVENTS - failed - 1);
  expect([await count('santokit.breakers'), await letters()]).toEqual([0, failed + 1]);
});
