import { createHmac } from 'node:crypto';

/** Hashes texts with HMAC-SHA-256 (RFC 2104) under a 32-byte key. @returns 43 characters of base64url for each */
export function createValueHash(key: Uint8Array): (text: string) => string {
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}
