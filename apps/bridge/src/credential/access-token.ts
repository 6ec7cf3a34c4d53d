import type { Json, Principal } from '@santokit/contract';
import { type AccessTokenClaims, accessTokenKid, CLOCK_SKEW_SECONDS, verifyAccessToken } from '@santokit/crypto';
import type { KeyRing } from '../target/key-ring.ts';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import type { Caller } from './caller.ts';
import { findOwners } from './find-owners.ts';
import type { Hint } from './hint.ts';
import { unauthorized } from './unauthorized.ts';

export interface AccessTokenOptions extends Omit<TokenOptions, 'token'> {
  /** The whole header. */
  readonly authorization: string;
}

export interface TokenOptions {
  readonly token: string;
  readonly targets: Targets;
  readonly hint: Hint;
  readonly nowMs: number;
}

/** The caller behind `Authorization: Bearer <token>`. @throws StkError `UNAUTHORIZED`, `SERVICE_UNAVAILABLE` */
export async function callerOfAccessToken({
  authorization,
  targets,
  hint,
  nowMs,
}: AccessTokenOptions): Promise<Caller> {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw invalid();
  return await callerOfToken({ token, targets, hint, nowMs });
}

/** The caller behind an access token, however it was sent. @throws StkError `UNAUTHORIZED`, `SERVICE_UNAVAILABLE` */
export async function callerOfToken({ token, targets, hint, nowMs }: TokenOptions): Promise<Caller> {
  const kid = accessTokenKid(token);
  if (kid === null) throw invalid();
  const owners = await findOwners(() => targets.byTokenKid(kid), targets, hint);
  for (const target of owners) {
    const principal = target.keys && (await principalOf({ token, kid, target, keys: target.keys, nowMs }));
    if (principal) return { type: 'access_token', principal, target };
  }
  throw invalid();
}

/**
 * Verifies the token, or remembers that it was: a verified one stays so until it expires or the env's keys change.
 * @returns null when this env does not admit it
 */
async function principalOf({ token, kid, target, keys, nowMs }: TokenCheck): Promise<Principal | null> {
  const remembered = keys.verifiedTokens.get(token);
  if (remembered !== undefined) return nowMs > remembered.validUntilMs ? null : remembered.principal;
  const key = keys.tokenKeys.get(kid);
  const claims = key === undefined ? null : await verifyAccessToken(token, key, nowMs);
  if (claims === null || claims.project !== target.name.project || claims.env !== target.name.env) return null;
  if (claims.iat < (keys.notBefore.get(claims.sub) ?? 0)) return null;
  const principal = principalOfClaims(claims);
  keys.verifiedTokens.set(token, { principal, validUntilMs: (claims.exp + CLOCK_SKEW_SECONDS) * 1_000 });
  return principal;
}

interface TokenCheck {
  readonly token: string;
  readonly kid: string;
  readonly target: Target;
  readonly keys: KeyRing;
  readonly nowMs: number;
}

function principalOfClaims(claims: AccessTokenClaims): Principal {
  const plain: Record<string, Json> = { ...claims, roles: [...claims.roles] };
  return { type: 'user', sub: claims.sub, roles: claims.roles, claims: plain };
}

function invalid() {
  return unauthorized('The access token is not valid');
}
