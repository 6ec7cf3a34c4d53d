import { StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import type { Deps } from '../../deps.ts';
import type { RequestOrigin } from '../../http/route.ts';
import type { EndUserPlace } from '../end-user-place.ts';
import type { EndUser } from '../issue-session.ts';
import { requireEndUserAttempt } from '../require-end-user-attempt.ts';

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
  await requireEndUserAttempt(deps, { place, account: user, origin });
  if (user.passwordHash === null) return;
  if (password === undefined || !(await verifyPassword(user.passwordHash, password)))
    throw new StkError('FORBIDDEN', 'The password is wrong');
}
