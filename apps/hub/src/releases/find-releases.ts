import { StkError } from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { envReleases, releases } from '../store/tables/releases.ts';

/** Releases that were current in an env at some time, newest first. */
export async function findReleases(db: StoreDb, env: Env) {
  const found = await db
    .select({
      releaseId: releases.id,
      contentHash: releases.contentHash,
      ref: envReleases.ref,
      createdAt: releases.createdAt,
      createdBy: releases.createdBy,
    })
    .from(envReleases)
    .innerJoin(releases, eq(releases.id, envReleases.releaseId))
    .where(eq(envReleases.envId, env.id))
    .orderBy(desc(envReleases.id));
  const latest = new Map(found.toReversed().map((release) => [release.releaseId, release]));
  return [...latest.values()]
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.releaseId < b.releaseId ? 1 : -1))
    .map((release) => ({
      ...release,
      createdAt: release.createdAt.toISOString(),
      current: release.releaseId === env.currentReleaseId,
    }));
}

/** @throws StkError `NOT_FOUND` for a release that was never current in this env */
export async function findRelease(db: StoreDb, env: Env, releaseId: string) {
  const [known] = await db
    .select({ id: envReleases.id })
    .from(envReleases)
    .where(and(eq(envReleases.envId, env.id), eq(envReleases.releaseId, releaseId)))
    .limit(1);
  const release =
    known === undefined
      ? undefined
      : (await findReleases(db, env)).find((candidate) => candidate.releaseId === releaseId);
  if (release === undefined)
    throw new StkError('NOT_FOUND', `The env "${env.name}" never had a release "${releaseId}"`);
  return release;
}
