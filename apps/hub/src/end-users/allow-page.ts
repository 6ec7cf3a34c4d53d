import { type AuthConfig, allowsOrigin, StkError } from '@santokit/contract';
import type { RouteHeaders } from '../http/route.ts';

interface Listing {
  readonly auth: Pick<AuthConfig, 'origins'>;
}

const EXPOSED_HEADERS =
  'x-request-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, ratelimit-policy';

/** Lets the page that a request comes from read the answer, where the env lists its origin (Fetch, section 3.3). */
export function allowPage(headers: RouteHeaders, { auth }: Listing): void {
  const origin = headers.get('origin');
  if (origin === undefined || !allowsOrigin(auth.origins, origin)) return;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-allow-credentials', 'true');
  headers.set('access-control-expose-headers', EXPOSED_HEADERS);
  headers.append('vary', 'Origin');
}

/**
 * Cookies go with what any page makes a browser send, so whoever is believed for a cookie, or gets one, must not be a page from
 * elsewhere. Servers send no `Origin`; browsers send it with every request that changes something.
 * @throws StkError `FORBIDDEN`
 */
export function requireListedOrigin(headers: RouteHeaders, { auth }: Listing, mayBeAbsent: boolean): void {
  const origin = headers.get('origin');
  if (origin === undefined ? mayBeAbsent : allowsOrigin(auth.origins, origin)) return;
  throw new StkError('FORBIDDEN', 'A cookie is accepted from the origins in config/auth.yaml only');
}
