import { prepareRelease, Stores } from '@santokit/calls';
import { type CompiledCrons, type CompiledLogic, DEFAULT_LIMITS } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { type Database, engineNamed } from '@santokit/engine';
import { type JobQueue, openJobQueue } from '@santokit/jobs';
import { createLogger } from '@santokit/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shopRelease } from '../../tests/support/shop.ts';
import { createBridgeMetrics } from '../metrics.ts';
import { CronWorker } from './cron-worker.ts';

const { connect, cronRuns } = engineNamed('postgres');
const QUEUE = 'cron.shop.dev';
const DEATHS = 4;
const lines: string[] = [];
const logger = createLogger({ level: 'info', format: 'json', destination: { write: (line) => void lines.push(line) } });
const queues: JobQueue[] = [];
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 4 });
});
afterAll(async () => {
  await Promise.all(queues.map((queue) => queue.close()));
  await database.close(1_000);
  await test.drop();
});

async function openQueue(): Promise<JobQueue> {
  const queue = await openJobQueue({ url: test.url, logger, lockMs: 500 });
  queues.push(queue);
  return queue;
}

function target() {
  const unit = {
    transaction: 'read_committed',
    readOnly: true,
    statements: [{ text: 'select 1', bindings: [] }],
  } as const;
  const logics: Record<string, CompiledLogic> = {
    tick: { kind: 'sql', connection: 'main', params: {}, units: [unit] },
  };
  const crons: CompiledCrons = { tick: { everySeconds: 86_400, handler: 'tick', timeoutSeconds: 30, enabled: true } };
  const release = { ...shopRelease(), logics, crons };
  const served = prepareRelease({ releaseId: 'rel_1', project: 'shop', contentHash: 'x', release }, DEFAULT_LIMITS);
  const serving = { served, databases: new Map([['main', database]]), stores: new Stores() };
  return { name: { project: 'shop', env: 'dev' }, served, snapshot: () => serving };
}

it('a cron whose Bridges die is counted as a failure once it is given up, and stands as one in its history', async () => {
  const setter = await openQueue();
  const schedule = (everySeconds: number) =>
    setter.setSchedules(QUEUE, new Map([['tick', { timing: { everySeconds }, data: 'tick', attempts: 8 }]]));
  await schedule(1);
  let taken = 0;
  for (let deaths = 1; deaths <= DEATHS; deaths++) {
    const dying = (await openQueue()).work(QUEUE, {
      concurrency: 1,
      handle: async () => {
        taken++;
        await new Promise(() => undefined);
      },
    });
    await expect.poll(() => taken, { timeout: 10_000 }).toBe(deaths);
    // What is due next must not be taken in its place.
    if (deaths === 1) await schedule(86_400);
    await dying.close(0);
  }
  const metrics = createBridgeMetrics(() => []);
  const options = { target: target(), isClockOn: true, worker: 'w', logger, metrics, tracing: undefined };
  const worker = new CronWorker({ ...options, jobs: await openQueue() });
  worker.follow();
  const runs = async () =>
    (await cronRuns.exists(database)) ? await cronRuns.list(database, 'shop/dev', { most: 10 }) : [];
  await expect
    .poll(runs, { timeout: 10_000 })
    .toMatchObject([{ cron: 'tick', status: 'failed', manual: false, error: expect.stringContaining('Given up') }]);
  await worker.stop(1_000);
  const text = await metrics.registry.metrics();
  for (const name of ['processed', 'failed'])
    expect(text).toContain(`stk_jobs_${name}_total{project="shop",env="dev",op="cron"} 1`);
  expect(lines.filter((line) => line.includes('Cron given up'))).toHaveLength(1);
}, 40_000);
