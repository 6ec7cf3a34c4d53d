import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** DER of RFC 8410 up to the 32 bytes of an Ed25519 public key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface Ed25519KeyPair {
  /** The 32 raw bytes, base64. */
  readonly publicKey: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

/** A new Ed25519 key pair (RFC 8032). */
export function newEd25519KeyPair(): Ed25519KeyPair {
  const pair = generateKeyPairSync('ed25519');
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length).toString('base64'),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * The key of 32 raw bytes in base64.
 * @throws TypeError when it is not one
 */
export function importEd25519PublicKey(publicKey: string): KeyObject {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== 32) throw new TypeError('Not an Ed25519 public key: 32 bytes in base64 are expected');
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), type: 'spki', format: 'der' });
}

/**
 * The 32 raw bytes, base64, of the public key that belongs to a private key of `newEd25519KeyPair`.
 * @throws Error when the PEM text is not one
 */
export function publicKeyOf(privateKey: string): string {
  const spki = createPublicKey(importEd25519PrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
  return spki.subarray(SPKI_PREFIX.length).toString('base64');
}

/**
 * The private key of `newEd25519KeyPair`.
 * @throws Error when the PEM text is not one: of another kind, it would sign by whatever algorithm is its own
 */
export function importEd25519PrivateKey(privateKey: string): KeyObject {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('Not an Ed25519 private key');
  return key;
}
