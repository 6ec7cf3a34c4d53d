import { randomBytes } from 'node:crypto';
import { open, seal } from './sealed-text.ts';

const KEY_BYTES = 32;

/**
 * Envelope encryption: secrets are sealed under a data key, data keys under the master key. The identity of the record
 * (`aad`) is authenticated, so that a sealed value cannot stand in for another.
 */

/** A new data key, wrapped by the 32-byte `masterKey`. */
export function createDataKey(masterKey: Uint8Array, aad: string): string {
  return seal(masterKey, randomBytes(KEY_BYTES), aad);
}

/**
 * The 32 bytes of a wrapped data key.
 * @throws Error when the master key or the record is another
 */
export function unwrapDataKey(masterKey: Uint8Array, wrapped: string, aad: string): Uint8Array {
  return open(masterKey, wrapped, aad);
}

/**
 * The same data key, wrapped by another master key.
 * @throws Error when `from` or the record is another
 */
export function rewrapDataKey(key: {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly wrapped: string;
  readonly aad: string;
}): string {
  return seal(key.to, open(key.from, key.wrapped, key.aad), key.aad);
}

/** Seals a text under a data key. */
export function sealSecret(secret: {
  readonly key: Uint8Array;
  readonly plaintext: string;
  readonly aad: string;
}): string {
  return seal(secret.key, Buffer.from(secret.plaintext), secret.aad);
}

/**
 * Opens what `sealSecret` made.
 * @throws Error when the key or the record is another
 */
export function openSecret(secret: {
  readonly key: Uint8Array;
  readonly sealed: string;
  readonly aad: string;
}): string {
  return open(secret.key, secret.sealed, secret.aad).toString();
}
