import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CronDue } from '../../cron/cron-runs.ts';
import type { Database } from '../../database.ts';
import { connect } from '../connect.ts';
import { postgresCronRuns as runs } from './cron-runs.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 8 });
  expect(await runs.exists(database)).toBe(false);
  const other = connect({ url: test.url, poolMax: 2 });
  await Promise.all([runs.create(database), runs.create(other), runs.create(other)]);
  expect(await runs.exists(other)).toBe(true);
  await other.close(1_000);
});
beforeEach(() => database.query('truncate santokit.cron_runs', []));
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

const SCOPE = 'shop/dev';
const AT = Date.UTC(2026, 0, 1, 6);
const due = (change: Partial<CronDue> = {}): CronDue => ({
  scope: SCOPE,
  cron: 'cleanup',
  dueAtMs: AT,
  worker: 'w1',
  leaseMs: 10_000,
  ...change,
});
const start = (change: Partial<CronDue> = {}) => runs.start(database, due(change));
const list = () => runs.list(database, SCOPE, { most: 1_000 });

async function started(change: Partial<CronDue> = {}): Promise<string> {
  const run = await start(change);
  if (run.outcome !== 'started') throw new Error(`It was ${run.outcome}`);
  return run.id;
}

it('lets one of many start what is due, and keeps how it went', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => start({ worker: `w${index}` })));
  expect(all.map(({ outcome }) => outcome).toSorted()).toEqual(['started', ...Array(19).fill('taken')]);
  const index = all.findIndex(({ outcome }) => outcome === 'started');
  const run = all[index];
  if (run?.outcome === 'started') await runs.end(database, { id: run.id, worker: `w${index}`, status: 'succeeded' });
  expect(await start()).toEqual({ outcome: 'taken' });
  expect(await list()).toMatchObject([
    { cron: 'cleanup', status: 'succeeded', manual: false, dueAt: '2026-01-01T06:00:00.000000Z', error: null },
  ]);
});

it('skips what is due while the one before still runs, and other crons and envs do not matter to it', async () => {
  const id = await started();
  expect(await start({ dueAtMs: AT + 1 })).toEqual({ outcome: 'skipped' });
  await started({ cron: 'other' });
  await started({ scope: 'shop/prod' });
  await runs.end(database, { id, worker: 'w1', status: 'failed', error: 'no luck' });
  await started({ dueAtMs: AT + 2 });
  const ours = (await list()).filter(({ cron }) => cron === 'cleanup');
  expect(ours.map(({ status, error }) => [status, error])).toEqual([
    ['running', null],
    ['skipped', null],
    ['failed', 'no luck'],
  ]);
});

it('gives a run to another when the one who ran it is gone, and not while it is held on to', async () => {
  const id = await started({ leaseMs: 300 });
  await runs.renew(database, { id, leaseMs: 1_000 });
  await sleep(400);
  expect(await start({ worker: 'w2' })).toEqual({ outcome: 'taken' });
  await sleep(700);
  expect(await start({ worker: 'w2' })).toEqual({ outcome: 'started', id });
  // Who lost it says nothing about it any more.
  await runs.end(database, { id, worker: 'w1', status: 'succeeded' });
  expect(await list()).toMatchObject([{ status: 'running' }]);
});

it('is not held up by a run whose Bridge ended, and tells of it', async () => {
  await started({ leaseMs: 1 });
  await sleep(20);
  expect(await list()).toMatchObject([{ status: 'failed', error: expect.stringContaining('ended') }]);
  await started({ dueAtMs: AT + 1 });
  expect(await list()).toMatchObject([{ status: 'running' }, { status: 'failed' }]);
});

it('ends what is given up, whether it was ever started or not, and leaves what is held on to', async () => {
  const giveUp = (dueAtMs: number) => runs.giveUp(database, { scope: SCOPE, cron: 'cleanup', dueAtMs });
  const held = await started();
  await giveUp(AT);
  expect(await list()).toMatchObject([{ status: 'running' }]);
  await runs.end(database, { id: held, worker: 'w1', status: 'succeeded' });
  await giveUp(AT);
  await started({ dueAtMs: AT + 1, leaseMs: 1 });
  await sleep(20);
  await giveUp(AT + 1);
  await giveUp(AT + 2);
  const error = 'Given up: every Bridge that ran it ended before it did';
  expect(await list()).toMatchObject([
    { status: 'failed', error, startedAt: null },
    { status: 'failed', error },
    { status: 'succeeded', error: null },
  ]);
  expect(await start({ dueAtMs: AT + 1 })).toEqual({ outcome: 'taken' });
});

it('hands what was asked for to one who can run it', async () => {
  const id = await runs.request(database, SCOPE, 'cleanup');
  await runs.request(database, SCOPE, 'unknown');
  const take = (worker: string) =>
    runs.takeRequested(database, { scope: SCOPE, crons: ['cleanup', 'other'], worker, leaseMs: 10_000 });
  const taken = await Promise.all([take('w1'), take('w2'), take('w3')]);
  expect(taken.flat()).toEqual([{ id, cron: 'cleanup' }]);
  expect(await list()).toMatchObject([
    { cron: 'unknown', status: 'requested', manual: true },
    { cron: 'cleanup', status: 'running', manual: true },
  ]);
});

it('forgets what was asked for and nobody took within an hour, and says so', async () => {
  await runs.request(database, SCOPE, 'cleanup');
  await database.query(`update santokit.cron_runs set due_at = now() - interval '61 minutes'`, []);
  const requests = { scope: SCOPE, crons: ['cleanup'], worker: 'w1', leaseMs: 10_000 };
  expect(await runs.takeRequested(database, requests)).toEqual([]);
  expect(await list()).toMatchObject([{ status: 'failed', error: 'No Bridge took it within an hour' }]);
});

it('keeps the last hundred runs of each cron', async () => {
  const first = await started({ cron: 'other' });
  await runs.end(database, { id: first, worker: 'w1', status: 'succeeded' });
  for (let index = 0; index < 105; index += 1) {
    const id = await started({ dueAtMs: AT + index });
    await runs.end(database, { id, worker: 'w1', status: 'succeeded' });
  }
  const kept = await list();
  expect(kept.filter(({ cron }) => cron === 'cleanup')).toHaveLength(100);
  expect(kept.filter(({ cron }) => cron === 'other')).toHaveLength(1);
});
