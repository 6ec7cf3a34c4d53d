import type { IncomingHttpHeaders } from 'node:http';
import { StkError } from '@santokit/contract';

/**
 * The caller's own name for a write, from `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): printable ASCII, taken as it
 * stands, quotes included.
 * @throws StkError `BAD_REQUEST`
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string' || !PRINTABLE.test(key))
    throw new StkError('BAD_REQUEST', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
  return key;
}

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
