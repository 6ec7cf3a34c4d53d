import { createHash } from 'node:crypto';
import { type Json, StkError } from '@santokit/contract';
import { canonicalJson } from '@santokit/crypto';

/**
 * Tells what is asked for from everything else: SHA-256 in hexadecimal over path and params, whatever the order of names and the
 * encoding they came in.
 * @throws StkError `BAD_REQUEST` for params that have no canonical form (RFC 8785): half a surrogate pair, or nested without end
 */
export function requestHash(path: string, params: Json): string {
  return createHash('sha256')
    .update(canonicalForm([path, params]))
    .digest('hex');
}

function canonicalForm(value: Json): string {
  try {
    return canonicalJson(value);
  } catch (thrown) {
    if (!(thrown instanceof TypeError || thrown instanceof RangeError)) throw thrown;
    throw new StkError('BAD_REQUEST', 'The params hold text that is not Unicode, or are nested too deeply');
  }
}
