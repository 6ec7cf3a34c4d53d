import type { KeyObject } from 'node:crypto';
import { type AccessTokenClaims, objectOf, readClaims, secondsOf } from './access-token-claims.ts';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';
import { signV4Public, splitV4Public, verifyV4Public } from './paseto-v4-public.ts';

/** A public key that is ready to verify. */
export type AccessTokenKey = KeyObject;

/** Clocks may be apart by this much. */
export const CLOCK_SKEW_SECONDS = 60;

/** A token that was not issued here, however long, costs no more than this to refuse. */
export const MAX_TOKEN_LENGTH = 8_192;

/** A private key that is ready to sign: importing one takes longer than a signature. */
export type AccessTokenSigner = KeyObject;

/**
 * A private key from the PEM text of `newEd25519KeyPair`, for any number of tokens.
 * @throws Error when it is not one
 */
export function importAccessTokenSigner(privateKey: string): AccessTokenSigner {
  return importEd25519PrivateKey(privateKey);
}

/** Issues a PASETO v4.public token whose footer names the key: `{"kid":"…"}`. */
export function issueAccessToken(
  key: { readonly kid: string; readonly privateKey: string | AccessTokenSigner },
  { iat, exp, ...rest }: AccessTokenClaims,
): string {
  const { kid, privateKey } = key;
  const signer = typeof privateKey === 'string' ? importAccessTokenSigner(privateKey) : privateKey;
  const message = Buffer.from(JSON.stringify({ ...rest, iat: toRfc3339(iat), exp: toRfc3339(exp) }));
  return signV4Public({ message, footer: Buffer.from(JSON.stringify({ kid })) }, signer);
}

/**
 * A key from its 32 raw bytes in base64.
 * @throws TypeError when it is not one
 */
export function importAccessTokenKey(publicKey: string): AccessTokenKey {
  return importEd25519PublicKey(publicKey);
}

/** The `kid` that a token's footer names, unverified; `null` for what is not a v4.public token with one. */
export function accessTokenKid(token: string): string | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const footer = objectOf(splitV4Public(token)?.footer);
  return typeof footer?.kid === 'string' ? footer.kid : null;
}

/**
 * Verifies signature, form and life of a token (clock skew of 60 s forgiven), without any I/O.
 * @returns `null` for a token that is not valid, for whatever reason
 */
export function verifyAccessToken(token: string, key: AccessTokenKey, nowMs: number): AccessTokenClaims | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const payload = objectOf(verifyV4Public(token, key)?.message);
  const claims = payload === null ? null : readClaims(payload);
  return claims !== null && isAlive(claims, payload?.nbf, nowMs / 1_000) ? claims : null;
}

function isAlive({ iat, exp }: AccessTokenClaims, notBefore: unknown, nowSeconds: number): boolean {
  const from = notBefore === undefined ? iat : secondsOf(notBefore);
  if (from === null || Math.max(from, iat) > nowSeconds + CLOCK_SKEW_SECONDS) return false;
  return exp > nowSeconds - CLOCK_SKEW_SECONDS;
}

function toRfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
