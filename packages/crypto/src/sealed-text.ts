import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM under a fresh 96-bit nonce (NIST SP 800-38D). `aad` is authenticated, not encrypted.
 * @returns `v1.<base64url of nonce, ciphertext and tag>`
 */
export function seal(key: Uint8Array, plaintext: Uint8Array, aad: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${sealed.toString('base64url')}`;
}

/**
 * Decrypts what `seal` made under the same key and `aad`.
 * @throws Error when anything differs; it repeats nothing of the text
 */
export function open(key: Uint8Array, sealed: string, aad: string): Buffer {
  const [version, payload = '', ...rest] = sealed.split('.');
  const bytes = Buffer.from(payload, 'base64url');
  if (version !== VERSION || rest.length > 0 || bytes.length < NONCE_BYTES + TAG_BYTES) {
    throw new Error('A sealed text has an unknown form');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Error('A sealed text was changed, or belongs to another key or record');
  }
}
