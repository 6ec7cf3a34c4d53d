import { hashToken } from '@santokit/crypto';
import { cookieOf } from '../end-users/session-cookies.ts';
import type { RouteHeaders } from '../http/route.ts';

/** How long somebody may take at the provider. */
export const FLOW_LIFE_SECONDS = 600;

interface Flow {
  readonly stateHash: string;
  readonly callbackUrl: string;
}

/**
 * Gives the browser that begins a sign-in a cookie of this sign-in: whoever ends it must be who began it (RFC 6749, section 10.12).
 * Otherwise somebody could make another's browser end theirs, which signed that person in to, or linked their identity with, an
 * account of the attacker's.
 */
export function setBrowserCookie(headers: RouteHeaders, flow: Flow, token: string): void {
  headers.append('set-cookie', `${cookieName(flow)}=${token}; Max-Age=${FLOW_LIFE_SECONDS}; ${attributes(flow)}`);
}

/** Whether the browser has the cookie of the sign-in; it has it no longer. */
export function takeBrowserCookie(headers: RouteHeaders, flow: Flow & { readonly browserHash: string }): boolean {
  headers.append('set-cookie', `${cookieName(flow)}=; Max-Age=0; ${attributes(flow)}`);
  const token = cookieOf(headers, cookieName(flow));
  return token !== undefined && hashToken(token) === flow.browserHash;
}

/** One for each sign-in, so that tabs do not disturb each other; over TLS none that a neighbouring host could plant (RFC 6265bis). */
function cookieName({ stateHash, callbackUrl }: Flow): string {
  return `${isSecure(callbackUrl) ? '__Host-' : ''}stk_oidc_${stateHash.slice(0, 16)}`;
}

function attributes({ callbackUrl }: Flow): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure(callbackUrl) ? '; Secure' : ''}`;
}

function isSecure(callbackUrl: string): boolean {
  return callbackUrl.startsWith('https:');
}
