import { createHash } from 'node:crypto';
import { randomSecret } from './random-text.ts';

/** A new opaque token: `prefix`, which says what it is, and 256 random bits. */
export function newToken(prefix: string): string {
  return prefix + randomSecret();
}

/** What is stored in a token's place: its SHA-256, hex. A fast hash is enough for 256 random bits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
