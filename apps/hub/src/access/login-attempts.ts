import { DEFAULT_RATES_PER_MINUTE } from '@santokit/contract';
import type { Deps } from '../deps.ts';
import { countAttempt } from './count-attempt.ts';

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
export async function requireLoginAttempt(deps: Pick<Deps, 'loginLimiter'>, attempt: LoginAttempt): Promise<void> {
  const { door, ip, account, perMinute = DEFAULT_RATES_PER_MINUTE.login } = attempt;
  const key = JSON.stringify([door, ip, account]);
  await countAttempt(deps, { key, perMinute, refusal: 'Too many attempts to log in' });
}
