import type { AddressAttempt } from '../access/address-attempts.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { EndUserPlace } from './end-user-place.ts';

/** What the address of a request attempts in an env. */
export function addressAttempt(
  kind: AddressAttempt['kind'],
  { envId, loginPerMinute }: EndUserPlace,
  { ip }: RequestOrigin,
): AddressAttempt {
  return { door: envId, kind, ip, perMinute: loginPerMinute };
}
