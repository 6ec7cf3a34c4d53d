import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A 32-byte key for one purpose out of another key (HKDF-SHA-256, RFC 5869, without salt): the same one each time, and of no use in
 * finding the key that it comes from or one for another purpose.
 */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, KEY_BYTES));
}
