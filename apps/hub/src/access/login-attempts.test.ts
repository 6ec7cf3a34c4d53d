import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, it } from 'vitest';
import { requireLoginAttempt } from './login-attempts.ts';

const ATTEMPT = { door: 'env_1', account: 'ann@example.com', ip: '192.0.2.1' };

it('a rate by the hour allows attempts, and is counted by the hour', async () => {
  const loginLimiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 60 });
  const attempt = () => requireLoginAttempt({ loginLimiter }, { ...ATTEMPT, perMinute: 2 / 60 });
  await attempt();
  await attempt();
  await expect(attempt()).rejects.toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    details: { retryAfterSeconds: 3_600, limit: 2, windowSeconds: 3_600 },
  });
});
