import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineNamed } from '@santokit/engine';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stk } from '../../../tests/e2e/support/stk.ts';
import { TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { hubApp } from '../src/app.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const STORAGE = '/api/v1/projects/shop/envs/dev/storage';
let hub: RunningHub;
let store: StrictStore;
let dir: string;

beforeAll(async () => {
  await collector.start();
  const variables = { STK_OTEL_ENABLED: 'true', STK_OTEL_ENDPOINT: collector.url, STK_OTEL_SAMPLE_RATE: '0' };
  [hub, store] = [await RunningHub.withShop({ variables }), await startStrictStore()];
  dir = await mkdtemp(join(tmpdir(), 'stk-storage-'));
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await hub.stop();
  await collector.stop();
  await rm(dir, { recursive: true, force: true });
});

const collector = new TraceCollector();

async function run(args: string, stdin = '') {
  const env = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: hub.token };
  const { code, stdout, stderr } = await stk(['storage', ...args.split(' '), '--json'], { cwd: dir, env, stdin });
  return { code, document: stdout === '' ? undefined : JSON.parse(stdout), output: `${stdout}${stderr}` };
}

const files = () => ({
  ...SHOP_FILES,
  'config/storage.yaml': `buckets:
  main: { bucket: ${store.bucket}, region: ${store.region}, endpoint: "${store.endpoint}", forcePathStyle: true }
  gone: { bucket: not-there, region: ${store.region}, endpoint: "${store.endpoint}", forcePathStyle: true }
  away: { bucket: away, region: here, endpoint: "http://127.0.0.1:1", forcePathStyle: true }
`,
});
const setWith = (bucket: string, secret: string) =>
  run(`set ${bucket} --access-key-id ${store.credentials.accessKeyId} --secret-access-key -`, `${secret}\n`);

it('credentials are given before or after the first apply, which tells what is missing', async () => {
  const early = await setWith('main', store.credentials.secretAccessKey);
  expect(early).toMatchObject({ code: 0, document: { bucket: 'main', version: 1 } });
  const untested = await run('test main');
  expect([untested.code, untested.document.error.code]).toEqual([1, 'NOT_FOUND']);
  const applied = await hub.apply(files());
  expect(applied.json.data.warnings).toEqual([
    'The bucket "gone" has no credentials in the env "dev": give them with stk storage set gone',
    'The bucket "away" has no credentials in the env "dev": give them with stk storage set away',
  ]);
});

it('a bucket is tried as callers use it, and what stands in the way is told without the secret', async () => {
  expect(await run('test main')).toMatchObject({ code: 0, document: { ok: true, bucket: 'main' } });
  const without = await run('test gone');
  expect([without.code, without.document.error.message]).toEqual([1, expect.stringContaining('no credentials')]);
  expect((await run('test other')).code).toBe(1);
  await setWith('gone', store.credentials.secretAccessKey);
  const absent = await run('test gone');
  expect([absent.code, absent.document.error.code]).toEqual([1, 'SERVICE_UNAVAILABLE']);
  expect(absent.document.error.message).toBe('The bucket "gone" cannot be used: NoSuchBucket');
  await setWith('gone', 'a-wrong-secret-key');
  const forged = await run('test gone');
  expect(forged.document.error.message).toContain('SignatureDoesNotMatch');
  expect(forged.output).not.toContain('a-wrong-secret-key');
});

it('what a store is asked is part of the trace of who has it tried', async () => {
  const traceId = 'd'.repeat(32);
  const before = store.received.length;
  await hub.must(`POST ${STORAGE}/main/test`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  const [span] = await collector.trace(traceId);
  const told = store.received.slice(before).map(({ traceparent }) => traceparent);
  expect(told).toEqual(Array(3).fill(`00-${traceId}-${span?.spanId}-01`));
});

it('lists what is set, newest first, and never a secret', async () => {
  const { document, output } = await run('list');
  expect(document.items).toMatchObject([
    { bucket: 'gone', version: 2 },
    { bucket: 'main', version: 1, accessKeyId: store.credentials.accessKeyId },
  ]);
  expect(output).not.toContain('a-wrong-secret-key');
  expect(hub.logs.join('\n')).not.toContain('a-wrong-secret-key');
  expect((await hub.must('GET /api/v1/projects/shop/audit')).text).not.toContain('a-wrong-secret-key');
});

it('what the last sweep found is read where Bridges keep it', async () => {
  expect(await run('orphans')).toMatchObject({ code: 0, document: { items: [] } });
  const { connect, objectSweeps } = engineNamed('postgres');
  const database = connect({ url: hub.shopUrl, poolMax: 1 });
  const sweep = {
    bucket: 'main',
    sweptAt: '2026-01-02T03:17:00.000Z',
    durationMs: 5,
    isComplete: true,
    objects: 3,
    orphans: 1,
    dangling: 0,
    orphanExamples: ['avatars/x'],
    danglingExamples: [],
  };
  await objectSweeps.write(database, 'shop/dev', sweep);
  await objectSweeps.write(database, 'shop/dev', { ...sweep, bucket: 'dropped' });
  await database.close(1_000);
  expect((await run('orphans')).document).toEqual({ items: [sweep] });
  const token = await hub.personalToken('deployer');
  expect((await hub.call(`GET ${STORAGE}-sweeps`, { token })).status).toBe(403);
});

it.each([
  ['set main --access-key-id x', 2],
  ['set main --access-key-id x --secret-access-key -', 2],
  ['set a/b --access-key-id x --secret-access-key y', 1],
  ['remove other', 1],
])('stk storage %s exits with %i', async (args, code) => {
  expect((await run(args)).code).toBe(code);
});

it('what is forgotten is gone for Bridges too', async () => {
  expect(await run('remove gone')).toMatchObject({ code: 0, document: { bucket: 'gone' } });
  const { storage } = (await hub.internal('/connections/shop/dev')).json.data;
  expect(storage).toEqual([{ bucket: 'main', ...store.credentials, version: 1 }]);
  const actions = (await hub.must('GET /api/v1/projects/shop/audit?limit=200')).json.data.items.map(
    ({ action }: { action: string }) => action,
  );
  expect(actions.filter((action: string) => action === 'storage.remove')).toHaveLength(1);
});

it('a store that cannot be reached is told of by what the network says', async () => {
  await setWith('away', 'whatever');
  expect((await run('test away')).document.error.message).toBe('The bucket "away" cannot be used: ECONNREFUSED');
});

it('secrets outlive a change of the master key', async () => {
  const masterKey = new Uint8Array(32).fill(8);
  const next = hubApp({
    ...hub.deps,
    config: { ...hub.deps.config, masterKey, previousMasterKey: hub.deps.config.masterKey },
  });
  const alone = hubApp({ ...hub.deps, config: { ...hub.deps.config, masterKey, previousMasterKey: undefined } });
  const post = (app: typeof alone, path: string) =>
    app.request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' },
      body: '{}',
    });
  expect((await post(next, '/api/v1/hub/rotate-master-key')).status).toBe(200);
  expect((await post(alone, `${STORAGE}/main/test`)).status).toBe(200);
});
