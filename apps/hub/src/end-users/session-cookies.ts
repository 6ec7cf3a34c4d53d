import { accessCookieName, cookieValues, refreshCookieName } from '@santokit/contract';
import type { RouteHeaders } from '../http/route.ts';
import type { EndUserPlace } from './end-user-place.ts';
import type { IssuedSession } from './issue-session.ts';

type CookiePlace = Pick<EndUserPlace, 'project' | 'env'>;

/** Out of the reach of scripts, sent over TLS only, and not with what other sites make a browser send. */
const ATTRIBUTES = 'HttpOnly; Secure; SameSite=Lax';
/** Where the refresh token is of use; every other request goes without it. */
const REFRESH_PATH = '/endusers';

/** Sets a session's tokens as cookies. @returns what is left to answer */
export function setSessionCookies(headers: RouteHeaders, place: CookiePlace, session: IssuedSession) {
  const { accessToken, refreshToken, expiresIn, refreshExpiresIn, user } = session;
  headers.append(
    'set-cookie',
    `${accessCookieName(place)}=${accessToken}; Max-Age=${expiresIn}; Path=/; ${ATTRIBUTES}`,
  );
  headers.append(
    'set-cookie',
    `${refreshCookieName(place)}=${refreshToken}; Max-Age=${refreshExpiresIn}; Path=${REFRESH_PATH}; ${ATTRIBUTES}`,
  );
  return { expiresIn, user };
}

export function clearSessionCookies(headers: RouteHeaders, place: CookiePlace): void {
  headers.append('set-cookie', `${accessCookieName(place)}=; Max-Age=0; Path=/; ${ATTRIBUTES}`);
  headers.append('set-cookie', `${refreshCookieName(place)}=; Max-Age=0; Path=${REFRESH_PATH}; ${ATTRIBUTES}`);
}

/** The one value that a cookie has; undefined also for a cookie that is sent more than once, of which a neighbouring host may have planted one. */
export function cookieOf(headers: RouteHeaders, name: string): string | undefined {
  const [value, ...others] = cookieValues(headers.get('cookie') ?? '', name);
  return others.length === 0 ? value : undefined;
}
