import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { connect, type Database } from '@santokit/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBullQueue } from '../src/open-bull-queue.ts';

const ROUNDS = 20;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let test: TestDatabase;
let operator: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  operator = connect({ url: test.url, poolMax: 1 });
});
afterAll(async () => {
  await operator.close(1_000);
  await test.drop();
});

const endAll = () =>
  operator.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    [],
  );

it('queues and workers outlive that PostgreSQL ends their connections, whatever these are just doing', async () => {
  const ran = new Set<unknown>();
  for (let round = 0; round < ROUNDS; round++) {
    const queue = openBullQueue({ url: test.url, logger: quiet, lockMs: 2_000 });
    const name = `q-${randomUUID()}`;
    const worker = queue.work(name, { concurrency: 1, handle: async ({ data }) => void ran.add(data) });
    const enqueued = queue.enqueue(name, [{ id: 'x', data: round }]).catch(() => undefined);
    await sleep(round % 20);
    await endAll();
    await enqueued;
    await Promise.all([worker.close(0), queue.close()]);
  }
  const queue = openBullQueue({ url: test.url, logger: quiet });
  const worker = queue.work('last', { concurrency: 1, handle: async ({ data }) => void ran.add(data) });
  await queue.enqueue('last', [{ id: 'x', data: 'last' }]);
  await expect.poll(() => ran.has('last'), { timeout: 10_000 }).toBe(true);
  await Promise.all([worker.close(0), queue.close()]);
}, 60_000);
