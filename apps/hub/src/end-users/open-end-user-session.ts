import { hashToken, issueAccessToken, newToken } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import { ulid } from 'ulid';
import { REFRESH_TOKEN_PREFIX } from '../access/token-prefix.ts';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { type endUsers, refreshTokens, signingKeys } from '../store/tables/end-users.ts';
import { signingKeyIdentity } from './create-signing-key.ts';
import { endUserAnswer } from './end-user-answer.ts';
import type { EndUserPlace } from './end-user-place.ts';

type EndUser = typeof endUsers.$inferSelect;

/** Opens a session: an access token that Bridges verify by themselves, and the first refresh token of a family. */
export async function openEndUserSession(
  deps: Pick<Deps, 'clock' | 'config'>,
  tx: StoreDb,
  place: EndUserPlace,
  user: EndUser,
) {
  const now = deps.clock();
  const sessionId = `ses_${ulid()}`;
  const refreshToken = newToken(REFRESH_TOKEN_PREFIX);
  await tx.insert(refreshTokens).values({
    tokenHash: hashToken(refreshToken),
    familyId: sessionId,
    endUserId: user.id,
    createdAt: now,
    expiresAt: new Date(now.getTime() + place.auth.refreshTokenTtlSeconds * 1_000),
  });
  const iat = Math.floor(now.getTime() / 1_000);
  const expiresIn = place.auth.accessTokenTtlSeconds;
  const accessToken = await issueAccessToken(await currentKey(deps, tx, place), {
    sub: user.id,
    project: place.project,
    env: place.env,
    roles: user.roles,
    iat,
    exp: iat + expiresIn,
    jti: `jti_${ulid()}`,
    sid: sessionId,
  });
  return { accessToken, refreshToken, expiresIn, user: endUserAnswer(user) };
}

async function currentKey(deps: Pick<Deps, 'config'>, db: StoreDb, { envId, projectId }: EndUserPlace) {
  const [key] = await db
    .select()
    .from(signingKeys)
    .where(and(eq(signingKeys.envId, envId), eq(signingKeys.status, 'current')));
  if (key === undefined) throw new Error(`Env ${envId} has no signing key`);
  const identity = signingKeyIdentity(envId, key.kid);
  return {
    kid: key.kid,
    privateKey: await openForProject({ deps, db, projectId, identity, sealed: key.sealedPrivateKey }),
  };
}
