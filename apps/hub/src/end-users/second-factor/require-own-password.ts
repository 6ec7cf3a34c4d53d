import { StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import { requireLoginAttempt } from '../../access/login-attempts.ts';
import type { Deps } from '../../deps.ts';
import type { RequestOrigin } from '../../http/route.ts';
import type { EndUserPlace } from '../end-user-place.ts';
import type { EndUser } from '../issue-session.ts';

interface OwnPassword {
  readonly place: EndUserPlace;
  readonly user: EndUser;
  readonly password: string | undefined;
  readonly origin: RequestOrigin;
}

/**
 * Makes sure that it is the user and not just their browser, as far as the account has a password. Attempts count as those to log in.
 * @throws StkError `FORBIDDEN` for a wrong one, `TOO_MANY_REQUESTS`
 */
export async function requireOwnPassword(deps: Deps, { place, user, password, origin }: OwnPassword): Promise<void> {
  const attempt = { door: place.envId, account: user.email ?? user.id, ip: origin.ip, perMinute: place.loginPerMinute };
  await requireLoginAttempt(deps, attempt);
  if (user.passwordHash === null) return;
  if (password === undefined || !(await verifyPassword(user.passwordHash, password)))
    throw new StkError('FORBIDDEN', 'The password is wrong');
}
