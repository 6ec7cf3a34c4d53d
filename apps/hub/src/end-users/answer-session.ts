import type { RouteHeaders } from '../http/route.ts';
import type { EndUserPlace } from './end-user-place.ts';
import type { IssuedSession } from './issue-session.ts';
import { setSessionCookies } from './session-cookies.ts';

/** A session as it is answered: its tokens in the body, or as cookies. */
export function answerSession(headers: RouteHeaders, place: EndUserPlace, session: IssuedSession, asCookies: boolean) {
  if (asCookies) return setSessionCookies(headers, place, session);
  const { accessToken, refreshToken, expiresIn, user } = session;
  return { accessToken, refreshToken, expiresIn, user };
}
