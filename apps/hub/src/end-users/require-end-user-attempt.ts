import { requireLoginAttempt } from '../access/login-attempts.ts';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { EndUser } from './end-user.ts';
import type { EndUserPlace } from './end-user-place.ts';

interface EndUserAttempt {
  readonly place: EndUserPlace;
  /** Who it is tried for: an email, or the user that it was found to be. */
  readonly account: string | Pick<EndUser, 'id' | 'email'>;
  readonly origin: RequestOrigin;
}

/**
 * Counts an attempt to be an end user, wherever a secret of the account could be guessed: all of them share one limit, that of logins.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit of the env
 */
export async function requireEndUserAttempt(
  deps: Pick<Deps, 'loginLimiter'>,
  { place, account, origin }: EndUserAttempt,
): Promise<void> {
  await requireLoginAttempt(deps, {
    door: place.envId,
    account: typeof account === 'string' ? account : (account.email ?? account.id),
    ip: origin.ip,
    perMinute: place.loginPerMinute,
  });
}

/**
 * Counts an attempt to sign up with an email. No secret can be guessed here, so it is no attempt to log in: whoever has just signed up has all
 * of theirs left, as has an account that others tried to sign up as.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit of the env
 */
export async function requireSignupAttempt(
  deps: Pick<Deps, 'loginLimiter'>,
  place: EndUserPlace,
  { email, origin }: { readonly email: string; readonly origin: RequestOrigin },
): Promise<void> {
  await requireEndUserAttempt(deps, { place, account: `signup of ${email}`, origin });
}

/**
 * Counts an attempt at the second factor of a user, from wherever it comes: a code has six digits, and many addresses could try them all. Who
 * gets here has proven the first factor, so nobody else can use the attempts up.
 * @throws StkError `TOO_MANY_REQUESTS` beyond the limit of the env
 */
export async function requireCodeAttempt(
  deps: Pick<Deps, 'loginLimiter'>,
  { envId, loginPerMinute }: EndUserPlace,
  { id }: Pick<EndUser, 'id'>,
): Promise<void> {
  await requireLoginAttempt(deps, { door: envId, account: `code of ${id}`, ip: null, perMinute: loginPerMinute });
}
