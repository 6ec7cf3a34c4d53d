import { prepareRelease, Stores } from '@santokit/calls';
import { blogRelease } from '@santokit/calls/testing';
import { DEFAULT_LIMITS } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { type Database, engineNamed } from '@santokit/engine';
import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import { Store } from '@santokit/storage/store';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import { createLogger } from '@santokit/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../clock.ts';
import { createBridgeMetrics } from '../metrics.ts';
import { sweepEnv } from './sweep-worker.ts';

const { connect, objectSweeps } = engineNamed('postgres');
const TWO_DAYS_MS = 2 * 24 * 3_600_000;
let test: TestDatabase;
let database: Database;
let objects: StrictStore;
beforeAll(async () => {
  [test, objects] = await Promise.all([createTestDatabase(), startStrictStore()]);
  database = connect({ url: test.url, poolMax: 2 });
  await database.query('create table people (id text primary key, avatar text, papers text)', []);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
  await objects[Symbol.asyncDispose]();
});

function serving() {
  const { model } = readProject([
    {
      path: 'schema/people.yaml',
      content: `version: 1
tables:
  people:
    columns:
      avatar: { type: file, bucket: main, nullable: true }
      papers: { type: file, bucket: main, nullable: true }
`,
    },
    {
      path: 'config/storage.yaml',
      content: `
buckets:
  main: { bucket: ${objects.bucket}, region: ${objects.region}, endpoint: "${objects.endpoint}", forcePathStyle: true }
  bare: { bucket: bare, region: x }
policies:
  main: { "own/**": { download: { roles: [public] } } }
`,
    },
  ]);
  const { storage } = compileStorage(model.storage, model);
  if (storage === undefined) throw new Error('no storage');
  const release = { ...blogRelease({}), schema: model.schema, permissions: { tables: {} }, storage };
  const served = prepareRelease({ releaseId: 'rel_1', project: 'shop', contentHash: 'x', release }, DEFAULT_LIMITS);
  const stores = new Stores();
  stores.update({ connections: [], storage: [{ bucket: 'main', ...objects.credentials, version: 1 }] });
  return { served, databases: new Map([['main', database]]), stores };
}

it('what no row names and what is not there is told, kept where operators look, and left as it is', async () => {
  const snapshot = serving();
  const bucket = snapshot.served.buckets.get('main')?.bucket;
  if (bucket === undefined) throw new Error('no bucket');
  const store = new Store({ bucket, credentials: objects.credentials });
  for (const key of ['own/a', 'own/b', 'own/c', 'elsewhere/d']) await store.put(key, key);
  await database.query(
    `insert into people values ('1', 'own/a', 'own/b'), ('2', 'own/gone', null), ('3', 'own/a', '')`,
    [],
  );
  const metrics = createBridgeMetrics(() => []);
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const target = { name: { project: 'shop', env: 'dev' }, snapshot: () => snapshot };
  expect(await objectSweeps.list(database, 'shop/dev')).toEqual([]);
  const run = (laterMs: number) =>
    sweepEnv({ target, logger, metrics, clock: { ...SYSTEM_CLOCK, wallMs: () => Date.now() + laterMs } });

  await run(0);
  expect(await objectSweeps.list(database, 'shop/dev')).toMatchObject([{ orphans: 0, dangling: 1 }]);
  await run(TWO_DAYS_MS);
  expect(await objectSweeps.list(database, 'shop/dev')).toEqual([
    {
      bucket: 'main',
      sweptAt: expect.any(String),
      durationMs: expect.any(Number),
      isComplete: true,
      objects: 4,
      orphans: 1,
      dangling: 1,
      orphanExamples: ['own/c'],
      danglingExamples: ['own/gone'],
    },
  ]);
  expect(await objectSweeps.list(database, 'shop/prod')).toEqual([]);
  expect(await metrics.registry.metrics()).toMatch(/stk_storage_swept_objects\{[^}]*status="orphan"\} 1/);
  expect(lines.join('')).toContain('Bucket swept');
  expect((await store.objectsAfter(undefined)).map(({ key }) => key)).toEqual([
    'elsewhere/d',
    'own/a',
    'own/b',
    'own/c',
  ]);
  store.close();
});

it('a bucket that cannot be reached stands in no other’s way, and is told of', async () => {
  const snapshot = serving();
  snapshot.stores.update({
    connections: [],
    storage: [
      { bucket: 'bare', accessKeyId: 'no', secretAccessKey: 'none', version: 1 },
      { bucket: 'main', ...objects.credentials, version: 1 },
    ],
  });
  const [main, bare] = [snapshot.served.buckets.get('main'), snapshot.served.buckets.get('bare')];
  if (main === undefined || bare === undefined) throw new Error('no buckets');
  const away = { ...bare, bucket: { ...main.bucket, bucket: 'nobodys' } };
  const served = {
    ...snapshot.served,
    buckets: new Map([
      ['bare', away],
      ['main', main],
    ]),
  };
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  await database.query('truncate santokit.object_sweeps', []);
  const target = { name: { project: 'shop', env: 'dev' }, snapshot: () => ({ ...snapshot, served }) };
  const options = { target, logger, metrics: createBridgeMetrics(() => []), clock: SYSTEM_CLOCK };
  await expect(sweepEnv(options)).rejects.toThrow('Not every bucket could be swept');
  expect(await objectSweeps.list(database, 'shop/dev')).toMatchObject([{ bucket: 'main' }]);
  expect(lines.join('')).toContain('A bucket could not be swept');
});
