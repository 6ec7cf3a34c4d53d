import { InspectFooter, PasetoError, PublicProtocol } from 'paseto';
import {
  ImportPublicKeyFactory,
  ImportSecretKeyFactory,
  type PublicKey,
  SignFactory,
  VerifyFactory,
} from 'paseto/v4/public';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';

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
export type AccessTokenKey = PublicKey;

/** Clocks may be apart by this much. */
export const CLOCK_SKEW_SECONDS = 60;

// A token that was not issued here, however long, costs no more than this to refuse.
const MAX_TOKEN_LENGTH = 8_192;

const v4 = new PublicProtocol(ImportPublicKeyFactory, ImportSecretKeyFactory, SignFactory, VerifyFactory);

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
export function importAccessTokenKey(publicKey: string): Promise<AccessTokenKey> {
  const { x } = importEd25519PublicKey(publicKey).export({ format: 'jwk' });
  return v4.ImportPublicKey(`k4.public.${x}`);
}

/** The `kid` that a token's footer names, unverified; `null` for what is not a v4.public token with one. */
export function accessTokenKid(token: string): string | null {
  if (token.length > MAX_TOKEN_LENGTH || !token.startsWith('v4.public.')) return null;
  try {
    const footer: unknown = JSON.parse(Buffer.from(InspectFooter(token)).toString());
    return typeof footer === 'object' && footer !== null && 'kid' in footer && typeof footer.kid === 'string'
      ? footer.kid
      : null;
  } catch (error) {
    if (error instanceof PasetoError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Verifies signature, form and life of a token (clock skew of 60 s forgiven), without any I/O.
 * @returns `null` for a token that is not valid, for whatever reason
 */
export async function verifyAccessToken(
  token: string,
  key: AccessTokenKey,
  nowMs: number,
): Promise<AccessTokenClaims | null> {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  try {
    const { claims } = await v4.Verify(key, token, {
      now: new Date(nowMs),
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['iat'],
    });
    return readClaims(claims);
  } catch (error) {
    if (error instanceof PasetoError) return null;
    throw error;
  }
}

/** PASERK `k4.secret`: base64url of seed and public key, one after the other. */
function secretPaserk(privateKey: string): `k4.secret.${string}` {
  const { d = '', x = '' } = importEd25519PrivateKey(privateKey).export({ format: 'jwk' });
  return `k4.secret.${Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64url')}`;
}

function readClaims(claims: Readonly<Record<string, unknown>>): AccessTokenClaims | null {
  const { sub, project, env, roles, iat, exp, jti, sid } = claims;
  if (!isText(sub) || !isText(project) || !isText(env) || !isText(jti) || !isText(sid)) return null;
  if (!Array.isArray(roles) || !roles.every(isText) || !isText(iat) || !isText(exp)) return null;
  return { sub, project, env, roles, iat: Date.parse(iat) / 1_000, exp: Date.parse(exp) / 1_000, jti, sid };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

// PASETO's registered claims are RFC 3339 text, unlike JWT's.
function toRfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
