import { StkError } from '@santokit/contract';
import { hashToken, issueAccessToken, MAX_TOKEN_LENGTH, newToken, newUlid } from '@santokit/crypto';
import { REFRESH_TOKEN_PREFIX } from '../access/token-prefix.ts';
import type { Signer } from '../signing-keys/current-signer.ts';
import { endUserAnswer, type ShownEndUser } from './end-user-answer.ts';
import type { EndUserPlace } from './end-user-place.ts';

/** A session's tokens as they are given, once, and who they are of. */
export type IssuedSession = ReturnType<typeof sessionTokens>;

/** A new refresh token. It is kept as a hash, and lives its whole time from now on. */
export function newRefreshToken({ auth }: Pick<EndUserPlace, 'auth'>, now: Date) {
  const refreshToken = newToken(REFRESH_TOKEN_PREFIX);
  const expiresAt = new Date(now.getTime() + auth.refreshTokenTtlSeconds * 1_000);
  return { refreshToken, kept: { tokenHash: hashToken(refreshToken), createdAt: now, expiresAt } };
}

interface GivenSession {
  readonly signer: Signer;
  readonly user: ShownEndUser;
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly now: Date;
  /** Tokens of the user from before are refused; null where none are. */
  readonly notBefore: Date | null;
}

/**
 * Issues the access token that goes with a refresh token. One of a session that opens right after a mark is dated as late as the mark.
 * @throws StkError `CONFLICT` for a user with more roles than a token holds: it would be refused wherever it is shown
 */
export function sessionTokens(place: EndUserPlace, session: GivenSession) {
  const { signer, user, sessionId, refreshToken, now, notBefore } = session;
  const { accessTokenTtlSeconds: expiresIn, refreshTokenTtlSeconds: refreshExpiresIn } = place.auth;
  const iat = Math.max(secondsOf(now), notBefore === null ? 0 : secondsOf(notBefore));
  const accessToken = issueAccessToken(signer, {
    sub: user.id,
    project: place.project,
    env: place.env,
    roles: user.roles,
    iat,
    exp: iat + expiresIn,
    jti: `jti_${newUlid()}`,
    sid: sessionId,
  });
  if (accessToken.length > MAX_TOKEN_LENGTH)
    throw new StkError('CONFLICT', 'The account has more roles than an access token holds');
  return { accessToken, refreshToken, expiresIn, refreshExpiresIn, user: endUserAnswer(user) };
}

function secondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1_000);
}
