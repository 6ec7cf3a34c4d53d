import { API_KEY } from '@santokit/contract';
import { customAlphabet } from 'nanoid';
import { hashToken } from './opaque-token.ts';
import { randomSecret } from './random-text.ts';

export interface ApiKeyParts {
  readonly keyId: string;
  /** The SHA-256 of the secret part, hex. */
  readonly secretHash: string;
}

/** A new API key, shown to its owner once, and the parts that are stored. */
export function newApiKey(): ApiKeyParts & { readonly key: string } {
  const keyId = newKeyId();
  const secret = randomSecret();
  return { key: `stk_key_${keyId}_${secret}`, keyId, secretHash: hashToken(secret) };
}

/** Takes a presented key apart; `null` for what is not one. */
export function parseApiKey(key: string): ApiKeyParts | null {
  const match = API_KEY.exec(key);
  if (match === null) return null;
  const [, keyId = '', secret = ''] = match;
  return { keyId, secretHash: hashToken(secret) };
}

const newKeyId = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 16);
