import { readFileSync } from 'node:fs';
import { newApiKey, newEd25519KeyPair } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProgram } from './support/bridge-program.ts';
import { Flood } from './support/flood.ts';
import { freePort } from './support/free-port.ts';
import { BRIDGE_TOKEN } from './support/hub-protocol.ts';
import { shopRelease } from './support/shop.ts';
import { Stage, until } from './support/stage.ts';

/** What the Bridge may hold in all: Node itself, the heap that it is given here, and buffers of sockets. */
const MOST_MEMORY_BYTES = 1_000_000_000;
const FLOOD_TIMEOUT_MS = 90_000;
const stage = new Stage();
const calmKey = newApiKey();
let bridge: ReturnType<typeof startProgram>;
let port: number;
let url: string;

beforeAll(async () => {
  await stage.open();
  const env = stage.newEnv();
  const { keyId, secretHash } = calmKey;
  const apiKeys = [{ keyId, secretHash, roles: ['admin'], expiresAt: null }];
  stage.hub.envs.set('shop/calm', { ...env, keys: { ...env.keys, tokenKeys: [], apiKeys } });
  stage.apply(shopRelease(), {}, 'shop', 'calm');
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  bridge = startProgram({
    STK_HUB_URL: stage.hub.url,
    STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
    STK_BRIDGE_TARGETS: 'shop/dev,shop/calm',
    STK_BRIDGE_HOST: '127.0.0.1',
    STK_BRIDGE_PORT: String(port),
    STK_DB_POOL_MAX_SIZE: '4',
    STK_LIMIT_CONCURRENT_REQUESTS: '1000',
    STK_LOG_LEVEL: 'warn',
    NODE_OPTIONS: '--max-old-space-size=512',
  });
  await until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true);
});
afterAll(async () => {
  bridge.child.kill('SIGTERM');
  await bridge.ended;
  await stage.close();
});

const headers = { 'content-type': 'application/json', 'x-santokit-api-key': calmKey.key };
const calmCall = () => fetch(`${url}/call/db/posts/select`, { method: 'POST', headers, body: '{}' });

/** What the process has held at most. */
function mostMemoryBytes(): number {
  const status = readFileSync(`/proc/${bridge.child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

const LARGE = { data: { author_id: 'ann', title: 'x'.repeat(90_000) }, returning: false };

it.each([
  { what: 'fast calls', connections: 5_000, path: 'db/posts/select', params: {} },
  {
    what: 'slow calls',
    connections: 5_000,
    path: 'db/slow_posts/insert',
    params: { data: { author_id: 'a', title: 'x' } },
  },
  { what: 'large calls', connections: 1_000, path: 'db/slow_posts/insert', params: LARGE },
])(
  'a flood of $what over $connections connections to one env neither ends the Bridge nor turns another env away',
  async ({ connections, path, params }) => {
    const flood = new Flood({
      port,
      connections,
      path: `/call/${path}`,
      headers: { 'x-santokit-api-key': stage.admin.key, 'x-santokit-project': 'shop', 'x-santokit-env': 'dev' },
      body: JSON.stringify(params),
    });
    try {
      await until(() => (flood.statuses['503'] ?? 0) > 0, 'calls are turned away');
      // How long they wait says more of this process, which makes the flood too, than of the Bridge.
      const endsAtMs = performance.now() + 3_000;
      while (performance.now() < endsAtMs) expect((await calmCall()).status).toBe(200);
    } finally {
      await flood.stop();
    }
    expect(Object.keys(flood.statuses).filter((status) => !['200', '503'].includes(status))).toEqual([]);
    expect(mostMemoryBytes()).toBeLessThan(MOST_MEMORY_BYTES);
    expect(bridge.child.exitCode).toBeNull();
    await until(async () => (await calmCall()).status === 200);
  },
  // On a machine that does other work, too, a flood takes long to begin and to end.
  FLOOD_TIMEOUT_MS,
);

it('a flood of tokens that somebody else signed, from one address, is answered at leisure, and turns nobody away', async () => {
  const token = await stage.token({}, { privateKey: newEd25519KeyPair().privateKey });
  const flood = new Flood({
    port,
    connections: 500,
    path: '/call/db/posts/select',
    headers: { authorization: `Bearer ${token}` },
    body: '{}',
  });
  try {
    await until(() => (flood.statuses['401'] ?? 0) > 500, 'tokens are refused');
    const before = flood.statuses['401'] ?? 0;
    const endsAtMs = performance.now() + 2_000;
    while (performance.now() < endsAtMs) expect((await calmCall()).status).toBe(200);
    // A hundred at once and as many as there are connections, in each second; there would be thousands.
    expect((flood.statuses['401'] ?? 0) - before).toBeLessThan(2_500);
  } finally {
    await flood.stop();
  }
  expect(Object.keys(flood.statuses)).toEqual(['401']);
});
