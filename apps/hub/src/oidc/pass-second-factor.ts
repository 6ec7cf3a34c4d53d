import { StkError } from '@santokit/contract';
import type { Deps } from '../deps.ts';
import type { EndUserPlace } from '../end-users/end-user-place.ts';
import { requireCodeAttempt, requireEndUserAttempt } from '../end-users/require-end-user-attempt.ts';
import { hasSecondFactor, passesCode } from '../end-users/second-factor/pass-code.ts';
import type { RequestOrigin } from '../http/route.ts';
import { codeNeeded } from '../second-factor/pass-second-factor.ts';
import { findIdentity } from './identities.ts';
import type { ProvenIdentity } from './proven-identity.ts';

interface Presented {
  readonly place: EndUserPlace;
  readonly identity: Pick<ProvenIdentity, 'issuer' | 'subject'>;
  readonly code: string | undefined;
  readonly origin: RequestOrigin;
}

/**
 * An account with a second factor needs its code here as it does with a password: else who took over the account at the provider
 * had this one too.
 * @throws StkError `UNAUTHORIZED`, `TOO_MANY_REQUESTS`
 */
export async function passSecondFactor(deps: Deps, { place, identity, code, origin }: Presented): Promise<void> {
  const user = (await findIdentity(deps.store.db, place.envId, identity))?.user;
  if (user === undefined || !(await hasSecondFactor(deps.store.db, user.id))) return;
  if (code === undefined) throw codeNeeded();
  await requireEndUserAttempt(deps, { place, account: user, origin });
  await requireCodeAttempt(deps, place, user);
  const passed = await deps.store.db.transaction((tx) => passesCode(deps, tx, { place, userId: user.id, code }));
  if (!passed) throw new StkError('UNAUTHORIZED', 'The code is not right, or was used before');
}
