import { HUB_LIMITS, StkError } from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { envReleases, releases } from '../store/tables/releases.ts';

type EnvPointer = Pick<Env, 'id' | 'name' | 'currentReleaseId'>;
export type ListedRelease = ReturnType<typeof toListed>;

/** Releases that were current in an env at some time, newest first: the latest `HUB_LIMITS.releasesListed` and the current one. */
export async function findReleases(db: StoreDb, env: EnvPointer) {
  const latest = latestMoves(db, eq(envReleases.envId, env.id));
  const found = await db
    .select()
    .from(latest)
    .orderBy(desc(latest.createdAt), desc(latest.releaseId))
    .limit(HUB_LIMITS.releasesListed);
  const listed = found.map((release) => toListed(env, release));
  if (env.currentReleaseId === null || listed.some((release) => release.current)) return listed;
  return [...listed, await findRelease(db, env, env.currentReleaseId)];
}

/** @throws StkError `NOT_FOUND` for a release that was never current in this env */
export async function findRelease(db: StoreDb, env: EnvPointer, releaseId: string) {
  const ofRelease = and(eq(envReleases.envId, env.id), eq(envReleases.releaseId, releaseId));
  const [release] = await db.select().from(latestMoves(db, ofRelease));
  if (release === undefined)
    throw new StkError('NOT_FOUND', `The env "${env.name}" never had a release "${releaseId}"`);
  return toListed(env, release);
}

/** Releases as they were last made current: the same content can have come back under another `ref`. */
function latestMoves(db: StoreDb, where: ReturnType<typeof and>) {
  return db
    .selectDistinctOn([envReleases.releaseId], {
      releaseId: envReleases.releaseId,
      contentHash: releases.contentHash,
      ref: envReleases.ref,
      createdAt: releases.createdAt,
      createdBy: releases.createdBy,
    })
    .from(envReleases)
    .innerJoin(releases, eq(releases.id, envReleases.releaseId))
    .where(where)
    .orderBy(envReleases.releaseId, desc(envReleases.id))
    .as('latest');
}

interface FoundRelease {
  readonly releaseId: string;
  readonly contentHash: string;
  readonly ref: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

function toListed(env: EnvPointer, release: FoundRelease) {
  return {
    ...release,
    createdAt: release.createdAt.toISOString(),
    current: release.releaseId === env.currentReleaseId,
  };
}
