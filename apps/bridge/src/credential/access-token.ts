import type { Json, Principal } from '@santokit/contract';
import { type AccessTokenClaims, accessTokenKid, CLOCK_SKEW_SECONDS, verifyAccessToken } from '@santokit/crypto';
import type { KeyRing } from '../target/key-ring.ts';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import type { Caller } from './caller.ts';
import { findOwners } from './find-owners.ts';
import type { Hint } from './hint.ts';
import { unauthorized } from './unauthorized.ts';
import type { VerifiedToken } from './verified-tokens.ts';

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
  const remembered = targets.verifiedTokens.get(token, nowMs);
  if (remembered !== undefined) return remembered;
  const kid = accessTokenKid(token);
  if (kid === null) throw invalid();
  const owners = await findOwners(() => targets.byTokenKid(kid), targets, hint);
  for (const target of owners) {
    const verified = target.keys && verifiedToken({ token, kid, target, keys: target.keys, nowMs });
    if (!verified) continue;
    targets.verifiedTokens.add(token, verified);
    return verified.caller;
  }
  throw invalid();
}

/** @returns null when this env does not admit the token */
function verifiedToken({ token, kid, target, keys, nowMs }: TokenCheck): VerifiedToken | null {
  const key = keys.tokenKeys.get(kid);
  const claims = key === undefined ? null : verifyAccessToken(token, key, nowMs);
  if (claims === null || claims.project !== target.name.project || claims.env !== target.name.env) return null;
  if (claims.iat < (keys.notBefore.get(claims.sub) ?? 0)) return null;
  const caller: Caller = { type: 'access_token', principal: principalOfClaims(claims), target };
  const { sub, iat, exp } = claims;
  return { caller, kid, sub, iat, keys, validUntilMs: (exp + CLOCK_SKEW_SECONDS) * 1_000 };
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
