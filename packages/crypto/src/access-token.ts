import type { KeyObject } from 'node:crypto';
import { PublicProtocol } from 'paseto';
import { ImportSecretKeyFactory, SignFactory } from 'paseto/v4/public';
import { type AccessTokenClaims, objectOf, readClaims, secondsOf } from './access-token-claims.ts';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';
import { splitV4Public, verifyV4Public } from './paseto-v4-public.ts';

/** A public key that is ready to verify. */
export type AccessTokenKey = KeyObject;

/** Clocks may be apart by this much. */
export const CLOCK_SKEW_SECONDS = 60;

/** A token that was not issued here, however long, costs no more than this to refuse. */
export const MAX_TOKEN_LENGTH = 8_192;

const v4 = new PublicProtocol(ImportSecretKeyFactory, SignFactory);

/** A private key that is ready to sign: importing one takes longer than a signature. */
export type AccessTokenSigner = Awaited<ReturnType<typeof v4.ImportSecretKey>>;

/**
 * A private key from the PEM text of `newEd25519KeyPair`, for any number of tokens.
 * @throws Error when it is not one
 */
export function importAccessTokenSigner(privateKey: string): Promise<AccessTokenSigner> {
  return v4.ImportSecretKey(secretPaserk(privateKey));
}

/** Issues a PASETO v4.public token whose footer names the key: `{"kid":"…"}`. */
export async function issueAccessToken(
  key: { readonly kid: string; readonly privateKey: string | AccessTokenSigner },
  claims: AccessTokenClaims,
): Promise<string> {
  const { privateKey } = key;
  const secretKey = typeof privateKey === 'string' ? await importAccessTokenSigner(privateKey) : privateKey;
  const { iat, exp, ...rest } = claims;
  const payload = { ...rest, roles: [...rest.roles], iat: toRfc3339(iat), exp: toRfc3339(exp) };
  return v4.Sign(secretKey, payload, {
    footer: Buffer.from(JSON.stringify({ kid: key.kid })),
    now: new Date(iat * 1_000),
  });
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

/** PASERK `k4.secret`: base64url of seed and public key, one after the other. */
function secretPaserk(privateKey: string): `k4.secret.${string}` {
  const { d = '', x = '' } = importEd25519PrivateKey(privateKey).export({ format: 'jwk' });
  return `k4.secret.${Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64url')}`;
}

function isAlive({ iat, exp }: AccessTokenClaims, notBefore: unknown, nowSeconds: number): boolean {
  const from = notBefore === undefined ? iat : secondsOf(notBefore);
  if (from === null || Math.max(from, iat) > nowSeconds + CLOCK_SKEW_SECONDS) return false;
  return exp > nowSeconds - CLOCK_SKEW_SECONDS;
}

function toRfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
