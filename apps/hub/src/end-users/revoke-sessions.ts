import { and, eq, isNull } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { announceToAll } from '../releases/announce-change.ts';
import type { StoreDb } from '../store/store.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import type { SessionPlace } from './end-user-place.ts';
import { type EndUser, raiseNotBefore } from './issue-session.ts';
import { lockEndUser } from './lock-end-user.ts';

/** Ends one session of a user who is locked: no token of the family renews it. Its access token lives on for what is left of its minutes. */
export async function revokeSession({ clock }: Pick<Deps, 'clock'>, tx: StoreDb, sessionId: string): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: clock() })
    .where(and(eq(refreshTokens.familyId, sessionId), isNull(refreshTokens.revokedAt)));
}

/**
 * Ends every session of a user, and every access token at every Bridge: those that can be told are told when the transaction commits, all
 * know within a poll interval.
 * @returns the user as they are, locked; undefined when there is none
 */
export async function revokeAllSessions(
  deps: Pick<Deps, 'clock'>,
  tx: StoreDb,
  place: SessionPlace,
  userId: string,
): Promise<EndUser | undefined> {
  const user = await lockEndUser(tx, place, userId);
  await tx
    .update(refreshTokens)
    .set({ revokedAt: deps.clock() })
    .where(and(eq(refreshTokens.endUserId, userId), isNull(refreshTokens.revokedAt)));
  await raiseNotBefore(deps, tx, place, userId);
  await announceToAll(tx, place.envId);
  return user;
}
