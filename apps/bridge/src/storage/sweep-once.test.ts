import { prepareRelease, Stores } from '@santokit/calls';
import { blogRelease } from '@santokit/calls/testing';
import { DEFAULT_LIMITS } from '@santokit/contract';
import { createTestDatabase, hasRedisServer, RedisServer, type TestDatabase } from '@santokit/devkit';
import { type Database, engineNamed } from '@santokit/engine';
import { openJobQueue } from '@santokit/jobs';
import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import { createLogger } from '@santokit/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../clock.ts';
import { createBridgeMetrics } from '../metrics.ts';
import { SweepWorker, type SweepWorkerOptions } from './sweep-worker.ts';

const { connect } = engineNamed('postgres');
const EVERY_MS = 2_000;
const redis = new RedisServer();
let test: TestDatabase;
let database: Database;
let objects: StrictStore;
beforeAll(async () => {
  [test, objects] = await Promise.all([createTestDatabase(), startStrictStore()]);
  database = connect({ url: test.url, poolMax: 4 });
  if (hasRedisServer) await redis.start();
});
afterAll(async () => {
  await database.close(1_000);
  await redis.stop();
  await test.drop();
  await objects[Symbol.asyncDispose]();
});

function target(): SweepWorkerOptions['target'] {
  const { model } = readProject([
    {
      path: 'config/storage.yaml',
      content: `
buckets:
  main: { bucket: ${objects.bucket}, region: ${objects.region}, endpoint: "${objects.endpoint}", forcePathStyle: true }
policies:
  main: { "own/**": { download: { roles: [public] } } }
`,
    },
  ]);
  const { storage } = compileStorage(model.storage, model);
  if (storage === undefined) throw new Error('no storage');
  const release = { ...blogRelease({}), permissions: { tables: {} }, storage };
  const served = prepareRelease({ releaseId: 'rel_1', project: 'shop', contentHash: 'x', release }, DEFAULT_LIMITS);
  const stores = new Stores();
  stores.update({ connections: [], storage: [{ bucket: 'main', ...objects.credentials, version: 1 }] });
  const serving = { served, databases: new Map([['main', database]]), stores };
  return { name: { project: 'shop', env: 'dev' }, served, snapshot: () => serving };
}

it.each([
  { kind: 'PostgreSQL', isHere: true, url: () => test.url },
  { kind: 'Redis', isHere: hasRedisServer, url: () => redis.url },
])(
  'a bucket is swept once each time, and told of once, by two Bridges on $kind',
  async ({ isHere, url }) => {
    if (!isHere) return;
    const lines: string[] = [];
    const logger = createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    });
    const schedule = { timing: { everySeconds: EVERY_MS / 1_000 }, data: null } as const;
    const open = async () => {
      const jobs = await openJobQueue({ url: url(), logger });
      const metrics = createBridgeMetrics(() => []);
      const worker = new SweepWorker({ target: target(), jobs, clock: SYSTEM_CLOCK, logger, metrics, schedule });
      return { jobs, metrics, worker };
    };
    const bridges = [await open(), await open()];
    for (const { worker } of bridges) {
      worker.follow();
      worker.follow();
    }
    const told = () => lines.filter((line) => line.includes('Bucket swept')).map((line) => JSON.parse(line));
    await expect.poll(() => told().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    await Promise.all(bridges.map(({ worker }) => worker.stop(2_000)));
    const times = told().map(({ ts }) => Math.floor(Date.parse(ts) / EVERY_MS));
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index));
    const texts = await Promise.all(bridges.map(({ metrics }) => metrics.registry.metrics()));
    const done = texts.map((text) =>
      Number(/stk_jobs_processed_total\{[^}]*object_sweep"\} (\d+)/.exec(text)?.[1] ?? 0),
    );
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(times.length);
    await Promise.all(bridges.map(({ jobs }) => jobs.close()));
  },
  40_000,
);
