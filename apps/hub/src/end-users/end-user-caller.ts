import { accessCookieName, StkError } from '@santokit/contract';
import { accessTokenKid, importAccessTokenKey, verifyAccessToken } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { RouteHeaders } from '../http/route.ts';
import { endUsers, notBeforeMarks, signingKeys } from '../store/tables/end-users.ts';
import { requireListedOrigin } from './allow-page.ts';
import type { EndUserPlace } from './end-user-place.ts';
import type { EndUser } from './issue-session.ts';
import { cookieOf } from './session-cookies.ts';

export interface EndUserCaller {
  readonly user: EndUser;
  /** Of the session that the token belongs to. */
  readonly sessionId: string;
  readonly byCookie: boolean;
}

export interface CallerOptions {
  /** Whether the request only reads, so that one by cookie may come without an `Origin`. */
  readonly reads: boolean;
}

/**
 * The end user who signed in and asks, by access token: `Authorization: Bearer`, else the cookie of the env.
 * @throws StkError `UNAUTHORIZED`; `FORBIDDEN` for a cookie from a page elsewhere
 */
export async function endUserCaller(
  deps: Deps,
  headers: RouteHeaders,
  place: EndUserPlace,
  { reads }: CallerOptions,
): Promise<EndUserCaller> {
  const authorization = headers.get('authorization');
  const byCookie = authorization === undefined;
  const token = byCookie ? cookieOf(headers, accessCookieName(place)) : /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw new StkError('UNAUTHORIZED', 'Sign in first: an access token is needed');
  if (byCookie) requireListedOrigin(headers, place, reads);
  const claims = await verifiedClaims(deps, place, token);
  const [user] = await deps.store.db
    .select()
    .from(endUsers)
    .where(and(eq(endUsers.id, claims.sub), eq(endUsers.envId, place.envId)));
  if (user === undefined || user.disabled) throw invalid();
  return { user, sessionId: claims.sid, byCookie };
}

async function verifiedClaims({ store, clock }: Deps, place: EndUserPlace, token: string) {
  const kid = accessTokenKid(token);
  if (kid === null) throw invalid();
  const [key] = await store.db
    .select({ publicKey: signingKeys.publicKey })
    .from(signingKeys)
    .where(and(eq(signingKeys.envId, place.envId), eq(signingKeys.kid, kid)));
  const claims =
    key === undefined ? null : verifyAccessToken(token, importAccessTokenKey(key.publicKey), clock().getTime());
  if (claims === null || claims.project !== place.project || claims.env !== place.env) throw invalid();
  const [mark] = await store.db
    .select({ notBefore: notBeforeMarks.notBefore })
    .from(notBeforeMarks)
    .where(and(eq(notBeforeMarks.envId, place.envId), eq(notBeforeMarks.sub, claims.sub)));
  if (mark !== undefined && claims.iat < mark.notBefore.getTime() / 1_000) throw invalid();
  return claims;
}

function invalid(): StkError {
  return new StkError('UNAUTHORIZED', 'The access token is not valid');
}
