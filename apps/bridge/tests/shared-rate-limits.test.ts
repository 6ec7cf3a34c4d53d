import { hasRedisServer, RedisServer } from '@santokit/devkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type Answer, type BridgeClient, Stage, until } from './support/stage.ts';

const MOST = 6;

describe.skipIf(!hasRedisServer)('rate limits that Bridges share in Redis', () => {
  const stage = new Stage();
  const redisServer = new RedisServer();
  let redis: Redis;
  let bridges: readonly [BridgeClient, BridgeClient];

  beforeAll(async () => {
    await Promise.all([stage.open(), redisServer.start()]);
    redis = new Redis(redisServer.url);
    // The end of the server is a part of these tests.
    redis.on('error', () => undefined);
    const release = shopRelease();
    const rateLimits = { apiKeyPerMinute: MOST, endUserPerMinute: MOST };
    stage.apply({ ...release, limits: { ...release.limits, rateLimits } });
    const bridge = async () => await (await stage.bridge({ rateLimitUrl: redisServer.url })).ready();
    bridges = [await bridge(), await bridge()];
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    redisServer.thaw();
    await redisServer.stop();
    await redisServer.start();
    // Both have to find it again.
    for (const bridge of bridges) await until(async () => rate(await bridge.call('db/posts/select')) !== null);
  });
  afterAll(async () => {
    redis?.disconnect();
    await stage.close();
    await redisServer.stop();
  });

  const rate = ({ headers }: Answer) => headers.get('ratelimit-remaining');
  const select = async (bridge: BridgeClient) => (await bridge.call('db/posts/select')).status;
  const failures = async (bridge: BridgeClient) => {
    const { body } = await bridge.send('/metrics');
    return Number(/^stk_bridge_rate_limit_store_failures_total (\d+)$/m.exec(body)?.[1]);
  };

  it('are one count', async () => {
    const [first, second] = bridges;
    const answers: Answer[] = [];
    for (let n = 0; n < MOST + 2; n++) answers.push(await (n % 2 === 0 ? first : second).call('db/posts/select'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    expect(answers.map(rate)).toEqual(['5', '4', '3', '2', '1', '0', '0', '0']);
    const refused = answers.at(-1)?.headers;
    expect(Number(refused?.get('retry-after'))).toBeGreaterThan(50);
    expect(refused?.get('ratelimit-reset')).toBe(refused?.get('retry-after'));
  });

  it('allow what they allow exactly, however much comes at once', async () => {
    const calls = Array.from({ length: 60 }, (_, n) => select(bridges[n % 2 === 0 ? 0 : 1]));
    const statuses = await Promise.all(calls);
    expect(statuses.filter((status) => status === 200)).toHaveLength(MOST);
    expect(statuses.filter((status) => status === 429)).toHaveLength(60 - MOST);
  });

  it('keep keys, users and envs apart, and expire', async () => {
    const [bridge] = bridges;
    await bridge.call('db/posts/select');
    await bridge.call('db/posts/select', {}, { authorization: `Bearer ${await stage.token({ sub: 'ann' })}` });
    const keys = (await redis.keys('*')).toSorted();
    expect(keys).toEqual([`stk:rate:shop/dev/key:${stage.admin.keyId}`, 'stk:rate:shop/dev/user:ann']);
    for (const key of keys) {
      const lifeMs = await redis.pttl(key);
      expect(lifeMs).toBeGreaterThan(50_000);
      expect(lifeMs).toBeLessThanOrEqual(60_000);
    }
    for (let n = 0; n < MOST; n++) await bridge.call('db/posts/select');
    expect(await select(bridge)).toBe(429);
    // What was refused does not put the end of the window off.
    await redis.pexpire(keys[0] ?? '', 50);
    await until(async () => (await select(bridge)) === 200);
  });

  it('do not count a batch that does not fit', async () => {
    const [bridge] = bridges;
    const calls = Array.from({ length: MOST }, () => ({ path: 'db/posts/select', params: {} }));
    await bridge.call('db/posts/select');
    expect(await bridge.call('../batch', { calls })).toMatchObject({ status: 429 });
    expect(rate(await bridge.call('../batch', { calls: calls.slice(0, 3) }))).toBe('1');
  });

  it('let requests pass while Redis is away, and say so in a metric', async () => {
    const [bridge] = bridges;
    const before = await failures(bridge);
    await redisServer.stop();
    for (let n = 0; n < MOST * 2; n++) {
      const answer = await bridge.call('db/posts/select');
      expect([answer.status, rate(answer)]).toEqual([200, null]);
    }
    expect(await failures(bridge)).toBe(before + MOST * 2);
    await redisServer.start();
    await until(async () => rate(await bridge.call('db/posts/select')) !== null);
    for (let n = 0; n < MOST; n++) await select(bridge);
    expect(await select(bridge)).toBe(429);
  });

  it('hold up few requests where Redis hangs', async () => {
    const [bridge] = bridges;
    redisServer.freeze();
    const startedMs = performance.now();
    for (let n = 0; n < 30; n++) expect(await select(bridge)).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    redisServer.thaw();
  });

  it('do not keep a Bridge from starting while Redis is away', async () => {
    await redisServer.stop();
    const bridge = await (await stage.bridge({ rateLimitUrl: redisServer.url })).ready();
    expect(await select(bridge)).toBe(200);
    expect(stage.log.join('')).toContain('The rate limit store does not answer');
  });
});
