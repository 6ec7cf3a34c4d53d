import { isReleaseSignatureValid } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES } from './support/shop-files.ts';

const CURRENT = '/releases/current?project=shop&env=dev';
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

it('a Bridge pulls what was applied, and the signature holds for exactly that', async () => {
  const applied = (await hub.apply(SHOP_FILES)).json.data;
  expect((await hub.internal('/targets')).json.data.targets).toEqual([{ project: 'shop', env: 'dev' }]);
  expect((await hub.internal(CURRENT)).json.data.releaseId).toBe(applied.releaseId);
  const release = (await hub.internal(`/releases/${applied.releaseId}`)).json.data;
  const keys = (await hub.internal('/keys/shop/dev')).json.data;
  const key = keys.releaseKeys.find((candidate: { keyId: string }) => candidate.keyId === release.signingKeyId);
  expect(isReleaseSignatureValid(key.publicKey, release)).toBe(true);
  expect(isReleaseSignatureValid(key.publicKey, { ...release, project: 'other' })).toBe(false);
  expect(Object.keys(JSON.parse(release.content).schema)).toEqual(['books']);
  const { connections } = (await hub.internal('/connections/shop/dev')).json.data;
  expect(connections).toEqual([{ name: 'main', engine: 'postgres', url: hub.shopUrl, version: 1 }]);
});

it('a release comes compressed to who accepts it', async () => {
  const { releaseId } = (await hub.internal(CURRENT)).json.data;
  const plain = await hub.internal(`/releases/${releaseId}`, { 'accept-encoding': 'identity' });
  const zipped = await hub.internal(`/releases/${releaseId}`, { 'accept-encoding': 'gzip' });
  expect([plain.headers.get('content-encoding'), zipped.headers.get('content-encoding')]).toEqual([null, 'gzip']);
  expect(zipped.json).toEqual(plain.json);
  expect(plain.headers.get('cache-control')).toContain('immutable');
  const etag = plain.headers.get('etag') ?? '';
  expect((await hub.internal(`/releases/${releaseId}`, { 'if-none-match': etag })).status).toBe(304);
});

it.each([CURRENT, '/keys/shop/dev', '/connections/shop/dev'])('%s answers 304 to who has it', async (path) => {
  const etag = (await hub.internal(path)).headers.get('etag') ?? '';
  const again = await hub.internal(path, { 'if-none-match': etag });
  expect([etag === '', again.status, again.text]).toEqual([false, 304, '']);
  expect((await hub.internal(path, { 'if-none-match': '"old"' })).status).toBe(200);
});

it('a long poll is held until the pointer moves', async () => {
  const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
  const polled = hub.internal(`${CURRENT}&wait=20`, { 'if-none-match': etag });
  const early = await Promise.race([polled, new Promise((resolve) => setTimeout(resolve, 300, 'held'))]);
  expect(early).toBe('held');
  const applied = (await hub.apply(SHOP_WITH_PAGES)).json.data;
  expect((await polled).json.data.releaseId).toBe(applied.releaseId);
});

it('a long poll ends early when a connection got another URL', async () => {
  const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
  const startedMs = performance.now();
  const polled = hub.internal(`${CURRENT}&wait=20`, { 'if-none-match': etag });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const path = '/api/v1/projects/shop/envs/dev/connections/main';
  await hub.must(`PUT ${path}`, { body: { engine: 'postgres', url: hub.shopUrl } });
  expect((await polled).status).toBe(304);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect((await hub.internal('/connections/shop/dev')).json.data.connections).toMatchObject([{ version: 2 }]);
});

it('a long poll ends with 304 when its time is over', async () => {
  const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
  expect((await hub.internal(`${CURRENT}&wait=1`, { 'if-none-match': etag })).status).toBe(304);
});

it('keys change their ETag when an API key is made and when it is revoked', async () => {
  const etag = async () => (await hub.internal('/keys/shop/dev')).headers.get('etag');
  const before = await etag();
  const path = '/api/v1/projects/shop/envs/dev/apikeys';
  const { keyId } = (await hub.must(`POST ${path}`, { body: { name: 'k', roles: ['admin'] } })).json.data;
  const made = await etag();
  await hub.must(`DELETE ${path}/${keyId}`);
  expect(made).not.toBe(before);
  expect(await etag()).toBe(before);
});

it('every env has a key of its own to hash masked values with, which stays', async () => {
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
  const keyOf = async (env: string) => (await hub.internal(`/keys/shop/${env}`)).json.data.maskKey;
  const [dev, prod] = [await keyOf('dev'), await keyOf('prod')];
  expect([dev, prod].map((key) => Buffer.from(key, 'base64').length)).toEqual([32, 32]);
  expect(dev).not.toBe(prod);
  await hub.apply(SHOP_FILES);
  expect(await keyOf('dev')).toBe(dev);
});

it('tells its health without a token and with a right one, not with a wrong one', async () => {
  const call = async (token: string) => (await hub.call('GET /internal/healthz', { token })).status;
  expect([await call(''), (await hub.internal('/healthz')).status]).toEqual([200, 200]);
  expect([await call('wrong'), await call(hub.token)]).toEqual([401, 401]);
});

it.each(['/targets', CURRENT, '/releases/rel_x', '/keys/shop/dev', '/connections/shop/dev', '/nothing'])(
  '%s refuses a wrong service token, none, and an operator',
  async (path) => {
    for (const token of ['', 'wrong', hub.token])
      expect((await hub.call(`GET /internal${path}`, { token })).status).toBe(401);
  },
);

it.each([
  '/releases/current',
  '/releases/current?project=shop&env=no',
  '/releases/rel_x',
  '/keys/no/dev',
  '/connections/shop/no',
])('%s is not there', async (path) => {
  expect((await hub.internal(path)).status).toBe(404);
});
