import { StkError } from '@santokit/contract';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { EndUserPlace } from '../end-users/end-user-place.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import type { StoreDb } from '../store/store.ts';
import { endUsers, refreshTokens } from '../store/tables/end-users.ts';
import type { OidcLink } from '../store/tables/oidc.ts';
import { findIdentity, lockIdentity, useIdentity } from './identities.ts';
import type { ProvenIdentity } from './proven-identity.ts';

interface Linking {
  readonly deps: Pick<Deps, 'clock'>;
  readonly tx: StoreDb;
  readonly place: EndUserPlace;
  readonly identity: ProvenIdentity;
  readonly link: OidcLink;
}

/**
 * Makes an identity that of the user who asked for it, as long as their session lasts.
 * @throws StkError `CONFLICT` for an identity of somebody else, `UNAUTHORIZED` when the session has ended
 */
export async function linkIdentity(linking: Linking): Promise<EndUser> {
  const { deps, tx, place, identity, link } = linking;
  await lockIdentity(tx, place.envId, identity);
  const [session] = await tx
    .select({ user: endUsers })
    .from(refreshTokens)
    .innerJoin(endUsers, eq(endUsers.id, refreshTokens.endUserId))
    .where(
      and(
        eq(refreshTokens.familyId, link.sessionId),
        eq(refreshTokens.endUserId, link.userId),
        isNull(refreshTokens.revokedAt),
        gt(refreshTokens.expiresAt, deps.clock()),
      ),
    )
    .limit(1);
  if (session === undefined || session.user.disabled)
    throw new StkError('UNAUTHORIZED', 'The session that linking was started in has ended');
  const found = await findIdentity(tx, place.envId, identity);
  if (found !== undefined && found.user.id !== link.userId)
    throw new StkError('CONFLICT', 'This identity belongs to another account');
  return useIdentity(linking, session.user);
}
