import { DEFAULT_RATES_PER_MINUTE, StkError } from '@santokit/contract';
import type { Deps } from '../deps.ts';
import { countAttempt } from './count-attempt.ts';

export interface AddressAttempt {
  /** The id of an env. */
  readonly door: string;
  /** What is attempted: each kind is counted for itself. */
  readonly kind: 'login' | 'signup' | 'refresh' | 'oidc start' | 'oidc exchange';
  readonly ip: string | null;
  /** Most attempts in a minute that one account allows. Default 10. */
  readonly perMinute: number | undefined;
}

/**
 * For how many accounts' worth of attempts one address is good. Many people may share an address, and servers speak for all of their users;
 * whoever goes through a list of accounts tries each of them only once.
 */
const ACCOUNTS_OF_AN_ADDRESS = 30;

/**
 * Counts what an address attempts, whichever account it is about.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit
 */
export async function requireAddressAttempt(deps: Pick<Deps, 'loginLimiter'>, attempt: AddressAttempt): Promise<void> {
  const perMinute = (attempt.perMinute ?? DEFAULT_RATES_PER_MINUTE.login) * ACCOUNTS_OF_AN_ADDRESS;
  await countAttempt(deps, { key: keyOf(attempt), perMinute, refusal: 'Too many attempts from this address' });
}

/**
 * Does `work`, and counts it where it is refused. It is counted while it lasts, or as many at once as somebody likes would come through.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit, and what `work` throws
 */
export async function countingRefusals<T>(
  deps: Pick<Deps, 'loginLimiter'>,
  attempt: AddressAttempt,
  work: () => Promise<T>,
): Promise<T> {
  await requireAddressAttempt(deps, attempt);
  let isRefused = false;
  try {
    return await work();
  } catch (thrown) {
    isRefused = isGuess(thrown);
    throw thrown;
  } finally {
    if (!isRefused) await deps.loginLimiter.reward(keyOf(attempt));
  }
}

/** Who is asked for the code of their second factor has the password. */
function isGuess(thrown: unknown): boolean {
  if (!(thrown instanceof StkError)) return false;
  const { code, details } = thrown;
  return code === 'TOO_MANY_REQUESTS' || (code === 'UNAUTHORIZED' && details?.codeNeeded !== true);
}

function keyOf({ door, kind, ip }: AddressAttempt): string {
  return JSON.stringify(['address', door, kind, ip]);
}
