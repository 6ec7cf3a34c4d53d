import { StkError } from '@santokit/contract';
import { and, eq, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { currentSigner } from '../signing-keys/current-signer.ts';
import type { StoreDb } from '../store/store.ts';
import { notBeforeMarks, refreshTokens } from '../store/tables/end-users.ts';
import type { EndUser } from './end-user.ts';
import type { EndUserPlace, SessionPlace } from './end-user-place.ts';
import { lastTokenEnd } from './last-token-end.ts';
import { lockEndUser } from './lock-end-user.ts';
import { newSessionId } from './session-start.ts';
import { type IssuedSession, newRefreshToken, sessionTokens } from './session-tokens.ts';

export type { EndUser, IssuedSession };

/**
 * Opens a session: an access token that Bridges verify by themselves, and the first refresh token of a family.
 * The session is of the user as they are now, whatever they were when their credential was looked at.
 * @throws StkError `UNAUTHORIZED` when the user was disabled or removed since
 */
export async function openSession(deps: SessionDeps, tx: StoreDb, place: EndUserPlace, { id }: Pick<EndUser, 'id'>) {
  const user = await lockEndUser(tx, place, id);
  if (user === undefined || user.disabled)
    throw new StkError('UNAUTHORIZED', 'The account was disabled or removed in the meantime');
  return await openLockedSession(deps, tx, place, user);
}

/** The same for a user who is locked already, and was seen not to be disabled. */
export async function openLockedSession(deps: SessionDeps, tx: StoreDb, place: EndUserPlace, user: EndUser) {
  return await issueSession(deps, tx, place, { user, sessionId: newSessionId(deps.clock()) });
}

type SessionDeps = Pick<Deps, 'clock' | 'config'>;

/** The next pair of tokens of a session, for a user who is locked. */
export async function issueSession(
  deps: SessionDeps,
  tx: StoreDb,
  place: EndUserPlace,
  { user, sessionId }: { readonly user: EndUser; readonly sessionId: string },
) {
  const now = deps.clock();
  const { refreshToken, kept } = newRefreshToken(place, now);
  // At once, because each waits for the database alone.
  const [notBefore, signer] = await Promise.all([
    notBeforeOf(tx, place, user),
    currentSigner(deps, tx, place),
    tx
      .insert(refreshTokens)
      .values({ ...kept, familyId: sessionId, endUserId: user.id })
      .prepare('keep_refresh_token')
      .execute(),
  ]);
  return sessionTokens(place, { signer, user, sessionId, refreshToken, now, notBefore });
}

/** How far ahead of the clock marks go: a token that is dated further than clocks may be apart would be good nowhere. */
const MOST_SECONDS_AHEAD = 10;

/**
 * From now on tokens that the user has are refused. Instants in tokens are whole seconds, so the mark is the next one: a
 * token of the second that runs would else outlive it. A token of a session that opened since the last mark is dated as late as that one,
 * so the mark is later than it also within the same second. The mark goes when every token that it could hit has expired; it never goes
 * back, though the clocks of two Hubs differ.
 */
export async function raiseNotBefore(
  { clock }: Pick<Deps, 'clock'>,
  tx: StoreDb,
  place: SessionPlace,
  userId: string,
): Promise<void> {
  const notBefore = new Date((Math.floor(clock().getTime() / 1_000) + 1) * 1_000);
  const expiresAt = lastTokenEnd({ ...place.auth, ...place }, notBefore);
  await tx
    .insert(notBeforeMarks)
    .values({ envId: place.envId, sub: userId, notBefore, expiresAt })
    .onConflictDoUpdate({
      target: [notBeforeMarks.envId, notBeforeMarks.sub],
      set: {
        notBefore: sql`greatest(excluded.not_before, ${notBeforeMarks.notBefore}, least(
          ${notBeforeMarks.notBefore} + interval '1 second',
          excluded.not_before + ${MOST_SECONDS_AHEAD - 1} * interval '1 second'))`,
        expiresAt: sql`greatest(${notBeforeMarks.expiresAt}, excluded.expires_at)`,
      },
    });
}

async function notBeforeOf(tx: StoreDb, { envId }: EndUserPlace, user: EndUser): Promise<Date | null> {
  const [mark] = await tx
    .select({ notBefore: notBeforeMarks.notBefore })
    .from(notBeforeMarks)
    .where(and(eq(notBeforeMarks.envId, envId), eq(notBeforeMarks.sub, user.id)))
    .prepare('not_before_of_user')
    .execute();
  return mark?.notBefore ?? null;
}
