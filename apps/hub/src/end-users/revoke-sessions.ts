import { and, eq, isNull } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { announceChange } from '../releases/announce-change.ts';
import type { StoreDb } from '../store/store.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import type { EndUserPlace } from './end-user-place.ts';
import { raiseNotBefore } from './issue-session.ts';

/** Ends one session: no token of the family renews it. Its access token lives on for what is left of its minutes. */
export async function revokeSession({ clock }: Pick<Deps, 'clock'>, tx: StoreDb, sessionId: string): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: clock() })
    .where(and(eq(refreshTokens.familyId, sessionId), isNull(refreshTokens.revokedAt)));
}

/** Ends every session of a user, and within a poll interval every access token at every Bridge. */
export async function revokeAllSessions(
  deps: Pick<Deps, 'clock'>,
  tx: StoreDb,
  place: Pick<EndUserPlace, 'envId' | 'auth'>,
  userId: string,
): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ revokedAt: deps.clock() })
    .where(and(eq(refreshTokens.endUserId, userId), isNull(refreshTokens.revokedAt)));
  await raiseNotBefore(deps, tx, place, userId);
  await announceChange(tx, place.envId);
}
