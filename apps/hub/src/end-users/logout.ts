import { endUserPlaceSchema, endUserRefreshRequestSchema } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { route } from '../http/route.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import { endUserCaller } from './end-user-caller.ts';
import { enterPlace } from './end-user-place.ts';
import { lockOwner, presentedToken } from './refresh.ts';
import { revokeAllSessions, revokeSession } from './revoke-sessions.ts';
import { clearSessionCookies } from './session-cookies.ts';

/** Ends a session also for a token that is spent or expired: whoever signs out wants to be, and learns nothing of the token. */
export const endUserLogoutRoute = route({
  name: 'endUserLogout',
  summary: 'End the session of a refresh token, or of the cookie that holds one',
  least: 'public',
  body: endUserRefreshRequestSchema,
  answer: z.object({}),
  audit: 'enduser.logout',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { token, byCookie } = presentedToken(headers, place, body.refreshToken);
    await deps.store.db.transaction(async (tx) => {
      const tokenHash = hashToken(token);
      const user = await lockOwner(tx, place, tokenHash);
      const [found] = await tx
        .select({ sessionId: refreshTokens.familyId })
        .from(refreshTokens)
        .where(eq(refreshTokens.tokenHash, tokenHash));
      if (user === undefined || found === undefined) return;
      await revokeSession(deps, tx, found.sessionId);
      await appendEndUserAudit(deps, tx, {
        action: 'enduser.logout',
        place,
        detail: { user: user.id, session: found.sessionId },
        origin,
      });
    });
    if (byCookie) clearSessionCookies(headers, place);
    return {};
  },
});

export const endUserLogoutAllRoute = route({
  name: 'endUserLogoutAll',
  summary: 'End every session of the signed-in user, at every Bridge within one poll interval',
  least: 'public',
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
