import type { InternalKeys } from '@santokit/contract';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { maskKeyOf } from '../secrets/mask-key.ts';
import type { StoreDb } from '../store/store.ts';
import { notBeforeMarks, signingKeys } from '../store/tables/end-users.ts';
import { apiKeys } from '../store/tables/projects.ts';
import { releaseSigningKeys } from '../store/tables/releases.ts';

/**
 * What a Bridge verifies credentials and releases of an env with, and hashes masked values, as the JSON of `InternalKeys`. `nextKid` is the
 * signing key that is on its way to the Bridges.
 */
export async function keysOf(
  deps: Pick<Deps, 'store' | 'clock' | 'config'>,
  env: { readonly id: string; readonly projectId: string },
): Promise<{ readonly json: string; readonly nextKid: string | undefined }> {
  const { store, clock } = deps;
  const now = clock();
  const [tokenKeys, keys, marks, releaseKeys, maskKey] = await Promise.all([
    store.db
      .select({ kid: signingKeys.kid, publicKey: signingKeys.publicKey, status: signingKeys.status })
      .from(signingKeys)
      .where(eq(signingKeys.envId, env.id))
      .orderBy(signingKeys.kid),
    store.db
      .select()
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.envId, env.id),
          isNull(apiKeys.revokedAt),
          or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
        ),
      )
      .orderBy(apiKeys.keyId),
    marksJson(store.db, env.id, now),
    store.db
      .select({ keyId: releaseSigningKeys.keyId, publicKey: releaseSigningKeys.publicKey })
      .from(releaseSigningKeys)
      .orderBy(releaseSigningKeys.keyId),
    maskKeyOf(deps, env),
  ]);
  const answer: Omit<InternalKeys, 'notBefore'> = {
    // To a Bridge a key is the one that signs, or another that verifies.
    tokenKeys: tokenKeys.map((key) => ({ ...key, status: key.status === 'current' ? 'current' : 'previous' })),
    apiKeys: keys.map(({ keyId, secretHash, roles, expiresAt }) => ({
      keyId,
      secretHash,
      roles,
      expiresAt: expiresAt === null ? null : Math.floor(expiresAt.getTime() / 1_000),
    })),
    releaseKeys,
    maskKey: Buffer.from(maskKey).toString('base64'),
  };
  const json = `${JSON.stringify(answer).slice(0, -1)},"notBefore":${marks}}`;
  return { json, nextKid: tokenKeys.find(({ status }) => status === 'next')?.kid };
}

/** Written by the database: a hundred thousand rows of them would keep the Hub from everything else for a moment at each pull. */
async function marksJson(db: StoreDb, envId: string, now: Date): Promise<string> {
  const { sub, notBefore } = notBeforeMarks;
  const seconds = sql`extract(epoch from ${notBefore})::bigint`;
  const [found] = await db
    .select({
      json: sql<string>`coalesce(json_agg(json_build_object('sub', ${sub}, 'notBefore', ${seconds}) order by ${sub}), '[]')::text`,
    })
    .from(notBeforeMarks)
    .where(and(eq(notBeforeMarks.envId, envId), gt(notBeforeMarks.expiresAt, now)));
  return found?.json ?? '[]';
}
