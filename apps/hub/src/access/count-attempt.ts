import { rateOf, StkError } from '@santokit/contract';
import type { Deps } from '../deps.ts';

export interface CountedAttempt {
  readonly key: string;
  /** A fraction of one is counted by the hour. */
  readonly perMinute: number;
  /** What it is refused with beyond that. */
  readonly refusal: string;
}

/** Counts one attempt under `key`. @throws StkError `TOO_MANY_REQUESTS` beyond the limit */
export async function countAttempt(
  { loginLimiter }: Pick<Deps, 'loginLimiter'>,
  { key, perMinute, refusal }: CountedAttempt,
): Promise<void> {
  const { most, windowSeconds } = rateOf(perMinute);
  const counted = await loginLimiter.consume(key, 1, { customDuration: windowSeconds });
  if (counted.consumedPoints <= most) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(counted.msBeforeNext / 1_000));
  throw new StkError('TOO_MANY_REQUESTS', `${refusal}: try again later`, {
    retryAfterSeconds,
    limit: most,
    windowSeconds,
  });
}
