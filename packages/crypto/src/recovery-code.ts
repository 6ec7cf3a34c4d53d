import { randomBytes } from 'node:crypto';
import { encodeBase32 } from './base32.ts';
import { hashToken } from './opaque-token.ts';

const CODE_BYTES = 10;

/** A code for who has lost the authenticator: 80 random bits in groups that can be written down. */
export function newRecoveryCode(): string {
  const text = encodeBase32(randomBytes(CODE_BYTES)).toLowerCase();
  return text.replace(/(.{4})(?=.)/g, '$1-');
}

/** What is stored in its place, the same however the code is typed: in capitals, without or with other groups. */
export function hashRecoveryCode(code: string): string {
  return hashToken(code.toLowerCase().replace(/[\s-]/g, ''));
}
