import {
  endUserRefreshRequestSchema,
  endUserSessionAnswerSchema,
  refreshCookieName,
  StkError,
} from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { countingRefusals } from '../access/address-attempts.ts';
import type { Deps } from '../deps.ts';
import { type RequestOrigin, type RouteHeaders, route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import { addressAttempt } from './address-attempt.ts';
import { requireListedOrigin } from './allow-page.ts';
import { answerSession } from './answer-session.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import type { EndUserPlace } from './end-user-place.ts';
import { enterSessionDoor } from './enter-session-door.ts';
import { type EndUser, issueSession } from './issue-session.ts';
import { lockEndUser } from './lock-end-user.ts';
import { revokeSession } from './revoke-sessions.ts';
import { renewSessionAtOnce } from './session-at-once.ts';
import { clearSessionCookies, cookieOf } from './session-cookies.ts';

/** Leaves no audit entry where it goes well: each session comes here every few minutes, and changes nothing but its tokens. */
export const endUserRefreshRoute = route({
  name: 'endUserRefresh',
  summary: 'A new access token for a refresh token, which is spent by that; or for the cookie that holds one',
  least: 'public',
  body: endUserRefreshRequestSchema,
  answer: endUserSessionAnswerSchema,
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const door = await enterSessionDoor(request, body);
    const { place } = door;
    const { token, asCookies } = presentedToken(headers, place, body);
    const session = await countingRefusals(deps, addressAttempt('refresh', place, origin), async () => {
      const tokenHash = hashToken(token);
      const renewed = await renewSessionAtOnce(deps, door, tokenHash);
      if (renewed !== undefined) return renewed;
      // The outcome is returned, not thrown: a family that is revoked must stay so.
      const outcome = await deps.store.db.transaction((tx) => spend(deps, tx, { place, tokenHash, origin }));
      if (outcome !== null) return outcome;
      if (asCookies) clearSessionCookies(headers, place);
      throw invalid();
    });
    return answerSession(headers, place, session, asCookies);
  },
});

/** @throws StkError `UNAUTHORIZED` when there is none; `FORBIDDEN` for a cookie from a page elsewhere */
export function presentedToken(
  headers: RouteHeaders,
  place: EndUserPlace,
  { refreshToken, cookies }: z.output<typeof endUserRefreshRequestSchema>,
) {
  const token = refreshToken ?? cookieOf(headers, refreshCookieName(place));
  if (token === undefined) throw new StkError('UNAUTHORIZED', 'A refresh token is needed, in the body or as a cookie');
  const asCookies = cookies || refreshToken === undefined;
  if (asCookies) requireListedOrigin(headers, place, true);
  return { token, asCookies };
}

interface Spending {
  readonly place: EndUserPlace;
  readonly tokenHash: string;
  readonly origin: RequestOrigin;
}

/**
 * Rotation with reuse detection (OAuth 2.0 Security Best Current Practice, RFC 9700, section 4.14.2): a token that comes a second
 * time was copied, and nobody can tell which of the two is the thief, so the session ends for both.
 * @returns null for a token that is not valid
 */
async function spend(deps: Deps, tx: StoreDb, { place, tokenHash, origin }: Spending) {
  const user = await lockOwner(tx, place, tokenHash);
  if (user === undefined || user.disabled) return null;
  // Looked at once the user is locked: it may have been spent or revoked while another transaction was waited for.
  const now = deps.clock();
  const presented = eq(refreshTokens.tokenHash, tokenHash);
  const alive = and(presented, isNull(refreshTokens.revokedAt), gt(refreshTokens.expiresAt, now));
  const [spent] = await tx
    .update(refreshTokens)
    .set({ spentAt: now })
    .where(and(alive, isNull(refreshTokens.spentAt)))
    .returning({ sessionId: refreshTokens.familyId })
    .prepare('spend_refresh_token')
    .execute();
  if (spent !== undefined) return await issueSession(deps, tx, place, { user, sessionId: spent.sessionId });
  const [reused] = await tx.select({ sessionId: refreshTokens.familyId }).from(refreshTokens).where(alive);
  if (reused === undefined) return null;
  const { sessionId } = reused;
  await revokeSession(deps, tx, sessionId);
  await appendEndUserAudit(deps, tx, {
    action: 'enduser.token_reuse',
    place,
    detail: { user: user.id, session: sessionId },
    origin,
  });
  return null;
}

/** The user of a refresh token that was given out in the env, locked. */
export async function lockOwner(tx: StoreDb, place: EndUserPlace, tokenHash: string): Promise<EndUser | undefined> {
  const owner = tx
    .select({ id: refreshTokens.endUserId })
    .from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, tokenHash));
  return await lockEndUser(tx, place, sql`(${owner})`);
}

function invalid(): StkError {
  return new StkError('UNAUTHORIZED', 'The refresh token is not valid');
}
