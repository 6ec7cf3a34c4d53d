import type { KeyObject } from 'node:crypto';
import { PublicProtocol } from 'paseto';
import { ImportSecretKeyFactory, SignFactory } from 'paseto/v4/public';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';
import { splitV4Public, verifyV4Public } from './paseto-v4-public.ts';

/** What an end user's access token says. Instants are seconds since the epoch. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly project: string;
  readonly env: string;
  readonly roles: readonly string[];
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly sid: string;
}

/** A public key that is ready to verify. */
export type AccessTokenKey = KeyObject;

/** Clocks may be apart by this much. */
export const CLOCK_SKEW_SECONDS = 60;

// A token that was not issued here, however long, costs no more than this to refuse.
const MAX_TOKEN_LENGTH = 8_192;

const v4 = new PublicProtocol(ImportSecretKeyFactory, SignFactory);

/** Issues a PASETO v4.public token whose footer names the key: `{"kid":"…"}`. */
export async function issueAccessToken(
  key: { readonly kid: string; readonly privateKey: string },
  claims: AccessTokenClaims,
): Promise<string> {
  const secretKey = await v4.ImportSecretKey(secretPaserk(key.privateKey));
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

function readClaims(claims: Readonly<Record<string, unknown>>): AccessTokenClaims | null {
  const { sub, project, env, roles, jti, sid } = claims;
  const iat = secondsOf(claims.iat);
  const exp = secondsOf(claims.exp);
  if (iat === null || exp === null) return null;
  if (!isText(sub) || !isText(project) || !isText(env) || !isText(jti) || !isText(sid)) return null;
  if (!Array.isArray(roles) || !roles.every(isText)) return null;
  return { sub, project, env, roles, iat, exp, jti, sid };
}

function isAlive({ iat, exp }: AccessTokenClaims, notBefore: unknown, nowSeconds: number): boolean {
  const from = notBefore === undefined ? iat : secondsOf(notBefore);
  if (from === null || Math.max(from, iat) > nowSeconds + CLOCK_SKEW_SECONDS) return false;
  return exp > nowSeconds - CLOCK_SKEW_SECONDS;
}

function objectOf(bytes: Buffer | undefined): Readonly<Record<string, unknown>> | null {
  if (bytes === undefined) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

// PASETO's registered claims are RFC 3339 text, unlike JWT's.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function secondsOf(instant: unknown): number | null {
  if (!isText(instant) || !RFC_3339.test(instant)) return null;
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? null : ms / 1_000;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function toRfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
