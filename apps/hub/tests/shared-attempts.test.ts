import { hasRedisServer, RedisServer } from '@santokit/devkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SharedAttempts } from '../src/access/attempt-counts.ts';
import { requireLoginAttempt } from '../src/access/login-attempts.ts';
import { RunningHub } from './support/running-hub.ts';

describe.skipIf(!hasRedisServer)('attempts to log in that Hubs count in Redis', () => {
  const MOST = 4;
  const redisServer = new RedisServer();
  const stopping = new AbortController();
  const lines: string[] = [];
  let failures = 0;
  let redis: Redis;
  let hubs: readonly [SharedAttempts, SharedAttempts];

  beforeAll(async () => {
    await redisServer.start();
    const log = (...said: unknown[]) => void lines.push(JSON.stringify(said));
    const count = () =>
      new SharedAttempts({
        url: redisServer.url,
        logger: { info: log, warn: log },
        onFailure: () => failures++,
        stopping: stopping.signal,
      });
    hubs = [count(), count()];
    redis = new Redis(redisServer.url);
    // The end of the server is a part of these tests.
    redis.on('error', () => undefined);
  });
  beforeEach(async () => {
    for (const hub of hubs) await expect.poll(() => isCounted(hub), { timeout: 10_000 }).toBe(true);
    await redis.flushall();
    failures = 0;
    lines.length = 0;
  });
  afterAll(async () => {
    stopping.abort();
    redis?.disconnect();
    await redisServer.stop();
  });

  const isCounted = async (hub: SharedAttempts) => {
    const before = failures;
    await hub.get('anybody');
    return failures === before;
  };
  const attempt = async (hub: SharedAttempts, account: string) => {
    const attempted = { door: 'env_1', account: `${account}@example.com`, ip: '192.0.2.1', perMinute: MOST };
    return await requireLoginAttempt({ loginLimiter: hub }, attempted).then(
      () => 'allowed',
      (thrown) => thrown.details,
    );
  };
  const allowed = Array.from({ length: MOST }, () => 'allowed');

  it('are one count, which expires, and tell Redis no address of anybody', async () => {
    const answers: unknown[] = [];
    for (let n = 0; n <= MOST; n++) answers.push(await attempt(hubs[n % 2 === 0 ? 0 : 1], 'ben'));
    expect(answers).toEqual([
      ...allowed,
      { retryAfterSeconds: expect.any(Number), limit: MOST, windowSeconds: expect.any(Number) },
    ]);
    const keys = await redis.keys('*');
    expect(keys).toEqual([expect.stringMatching(/^stk:attempts:[\w-]{43}$/)]);
    const ttl = await redis.ttl(keys[0] ?? '');
    expect(ttl > 0 && ttl <= 60).toBe(true);
  });

  it('are exactly as many as are allowed, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => attempt(hubs[n % 2 === 0 ? 0 : 1], 'cem')));
    expect(answers.filter((answer) => answer === 'allowed')).toEqual(allowed);
  });

  it('are not free while Redis is away: each Hub counts for itself, and says so', async () => {
    await redisServer.stop();
    for (const hub of hubs) {
      const answers: unknown[] = [];
      for (let n = 0; n <= MOST; n++) answers.push(await attempt(hub, 'dan'));
      expect(answers).toEqual([...allowed, expect.objectContaining({ limit: MOST })]);
    }
    expect(failures).toBe(2 * (MOST + 1));
    const warnings = lines.filter((line) => line.includes('rate limit store does not answer'));
    expect(warnings).toHaveLength(2);
    expect(warnings.join('')).not.toContain('redis://');
    await redisServer.start();
  });

  it('are held up shortly where Redis hangs', async () => {
    redisServer.freeze();
    const startedMs = performance.now();
    for (let n = 0; n < MOST; n++) expect(await attempt(hubs[0], 'eve')).toBe('allowed');
    redisServer.thaw();
    expect(performance.now() - startedMs).toBeLessThan(MOST * 1_000);
  });

  it('are those of every login of a Hub that is given STK_RATE_LIMIT_URL', async () => {
    const hub = await RunningHub.start({ variables: { STK_RATE_LIMIT_URL: redisServer.url } });
    const body = { email: 'ann@example.com', password: 'not the password' };
    const logIn = async () => (await hub.call('POST /api/v1/login', { token: '', body })).status;
    await expect
      .poll(async () => [await logIn(), (await redis.keys('*')).length > 0], { timeout: 10_000 })
      .toEqual([401, true]);
    expect((await hub.call('GET /metrics')).text).toContain('stk_hub_rate_limit_store_failures_total');
    await hub.stop();
  });
});
