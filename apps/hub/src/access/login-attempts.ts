import { DEFAULT_RATES_PER_MINUTE, rateOf, StkError } from '@santokit/contract';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Deps } from '../deps.ts';

export interface LoginAttempt {
  /** `operators`, or the id of an env: accounts of different doors are different accounts. */
  readonly door: string;
  readonly account: string;
  readonly ip: string | null;
  /** Most attempts in a minute; a fraction of one is counted by the hour. Default 10. */
  readonly perMinute?: number | undefined;
}

/**
 * Counts an attempt to log in from one address to one account.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit
 */
export async function requireLoginAttempt(
  { loginLimiter }: Pick<Deps, 'loginLimiter'>,
  attempt: LoginAttempt,
): Promise<void> {
  const { most, windowSeconds } = rateOf(attempt.perMinute ?? DEFAULT_RATES_PER_MINUTE.login);
  const key = JSON.stringify([attempt.door, attempt.ip, attempt.account]);
  const counted: RateLimiterRes = await loginLimiter.consume(key, 1, { customDuration: windowSeconds });
  if (counted.consumedPoints <= most) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(counted.msBeforeNext / 1_000));
  throw new StkError('TOO_MANY_REQUESTS', 'Too many attempts to log in: try again later', {
    retryAfterSeconds,
    limit: most,
    windowSeconds,
  });
}
