import { endUserPlaceSchema, endUserRefreshRequestSchema, refreshCookieName } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { type RouteHeaders, route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import { endUserCaller } from './end-user-caller.ts';
import { type EndUserPlace, enterPlace } from './end-user-place.ts';
import { lockEndUser } from './lock-end-user.ts';
import { lockOwner, presentedToken } from './refresh.ts';
import { revokeAllSessions, revokeSession } from './revoke-sessions.ts';
import { clearSessionCookies, cookieOf } from './session-cookies.ts';

/** Ends a session also for a token that is spent or expired: whoever signs out wants to be, and learns nothing of the token. */
export const endUserLogoutRoute = route({
  name: 'endUserLogout',
  summary: 'End the session of a refresh token, of an access token, or of the cookie that holds one',
  least: 'public',
  body: endUserRefreshRequestSchema,
  answer: z.object({}),
  audit: 'enduser.logout',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { lockSession, asCookies } = await presentedSession(deps, headers, place, body);
    await deps.store.db.transaction(async (tx) => {
      const found = await lockSession(tx);
      if (found === undefined) return;
      await revokeSession(deps, tx, found.session);
      await appendEndUserAudit(deps, tx, { action: 'enduser.logout', place, detail: found, origin });
    });
    if (asCookies) clearSessionCookies(headers, place);
    return {};
  },
});

/** An access token says which session is meant where no refresh token does. */
async function presentedSession(
  deps: Deps,
  headers: RouteHeaders,
  place: EndUserPlace,
  body: z.output<typeof endUserRefreshRequestSchema>,
) {
  const hasRefreshToken = body.refreshToken !== undefined || cookieOf(headers, refreshCookieName(place)) !== undefined;
  if (!hasRefreshToken && headers.get('authorization') !== undefined) {
    const { user, sessionId } = await endUserCaller(deps, headers, place, { reads: false });
    const lockSession = async (tx: StoreDb) =>
      (await lockEndUser(tx, place, user.id)) && { user: user.id, session: sessionId };
    return { lockSession, asCookies: body.cookies };
  }
  const { token, asCookies } = presentedToken(headers, place, body);
  return { lockSession: (tx: StoreDb) => lockSessionOf(tx, place, hashToken(token)), asCookies };
}

async function lockSessionOf(tx: StoreDb, place: EndUserPlace, tokenHash: string) {
  const user = await lockOwner(tx, place, tokenHash);
  const [found] = await tx
    .select({ session: refreshTokens.familyId })
    .from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, tokenHash));
  return user && found && { user: user.id, session: found.session };
}

export const endUserLogoutAllRoute = route({
  name: 'endUserLogoutAll',
  summary: 'End every session of the signed-in user, at every Bridge within one poll interval',
  least: 'public',
  asksForAccessToken: true,
  body: endUserPlaceSchema,
  answer: z.object({}),
  audit: 'enduser.logout_all',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { user, byCookie } = await endUserCaller(deps, headers, place, { reads: false });
    await deps.store.db.transaction(async (tx) => {
      await revokeAllSessions(deps, tx, place, user.id);
      await appendEndUserAudit(deps, tx, { action: 'enduser.logout_all', place, detail: { user: user.id }, origin });
    });
    if (byCookie) clearSessionCookies(headers, place);
    return {};
  },
});
