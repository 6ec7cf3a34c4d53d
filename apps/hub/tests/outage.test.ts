import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CuttableProxy } from './support/cuttable-proxy.ts';
import { RunningHub } from './support/running-hub.ts';

const CURRENT = '/releases/current?project=shop&env=dev';
const KEYS = 'POST /api/v1/projects/shop/envs/dev/apikeys';
let hub: RunningHub;
let proxy: CuttableProxy;
beforeAll(async () => {
  hub = await RunningHub.withShop({
    async throughProxy(target) {
      proxy = await CuttableProxy.start(target);
      return proxy.port;
    },
  });
});
afterAll(async () => {
  proxy.mend();
  await hub.stop();
  proxy.stop();
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (performance.now() < endMs && !(await isTrue())) await sleep(50);
}

it.each([
  ['is cut off', false],
  ['takes connections and ends them', true],
])('while its database %s the Hub answers 503 at once, and serves again when it is back', async (_, isPolite) => {
  proxy.cut({ isPolite });
  for (const path of ['GET /api/v1/me', 'GET /readyz', KEYS]) {
    const startedMs = performance.now();
    const answer = await hub.call(path, path === KEYS ? { body: { name: 'lost', roles: ['reader'] } } : {});
    expect([path, answer.status]).toEqual([path, 503]);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  }
  expect((await hub.call('GET /healthz')).status).toBe(200);
  proxy.mend();
  await until(async () => (await hub.call('GET /readyz')).status === 200);
  expect((await hub.call('GET /api/v1/me')).status).toBe(200);
});

it('while the network to its database loses everything the Hub answers 503 within seconds, and serves again when it is back', async () => {
  // So that there are connections which nobody has noticed to be dead.
  const every = () => Promise.all(Array.from({ length: 20 }, () => hub.call('GET /api/v1/me')));
  expect((await every()).map(({ status }) => status)).toEqual(Array(20).fill(200));
  proxy.silence();
  const startedMs = performance.now();
  expect((await every()).map(({ status }) => status)).toEqual(Array(20).fill(503));
  expect(performance.now() - startedMs).toBeLessThan(12_000);
  proxy.mend();
  await until(async () => (await hub.call('GET /readyz')).status === 200);
  expect((await every()).map(({ status }) => status)).toEqual(Array(20).fill(200));
}, 40_000);

it('a statement that takes long is waited for as long as its database answers others', async () => {
  expect(await hub.deps.store.sql`select 'done' as is from pg_sleep(2.6)`).toEqual([{ is: 'done' }]);
});

it.each([false, true])(
  'a Bridge that waits is woken by changes after an outage too, polite or not: %s',
  async (isPolite) => {
    const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
    proxy.cut({ isPolite });
    await sleep(300);
    proxy.mend();
    await until(async () => (await hub.call('GET /readyz')).status === 200);
    // The Hub listens again within its driver's backoff of a second; what it missed until then wakes everybody.
    const polled = hub.internal(`${CURRENT}&wait=20`, { 'if-none-match': etag });
    await sleep(1_500);
    const startedMs = performance.now();
    await hub.must(KEYS, { body: { name: 'a key', roles: ['reader'] } });
    expect((await polled).status).toBe(304);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  },
);
