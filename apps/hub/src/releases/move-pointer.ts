import { StkError } from '@santokit/contract';
import { eq, sql } from 'drizzle-orm';
import { lastTokenEnd } from '../end-users/last-token-end.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { envs } from '../store/tables/projects.ts';
import { envReleases, releases, unfinishedApplies } from '../store/tables/releases.ts';
import { announceChange } from './announce-change.ts';

interface PointerMove {
  readonly releaseId: string;
  readonly ref: string;
  /** As releases show it. */
  readonly movedBy: string;
}

/** What an env's Bridges served before a move. */
export interface PointerBefore {
  readonly releaseId: string | null;
  readonly contentHash: string | null;
}

/**
 * Makes a stored release the current one of an env and tells its Bridges; nothing moves where it is so already. What an apply had left
 * to be finished up to here is finished, or given up.
 */
export async function movePointer(
  tx: StoreDb,
  { deps, env }: Pick<SchemaPlace, 'deps' | 'env'>,
  { releaseId, ref, movedBy }: PointerMove,
): Promise<PointerBefore> {
  const [pointer] = await tx
    .select({
      releaseId: envs.currentReleaseId,
      version: envs.pointerVersion,
      earlierTokensUntil: envs.earlierTokensUntil,
    })
    .from(envs)
    .where(eq(envs.id, env.id))
    .for('update');
  const before = await describe(tx, pointer?.releaseId ?? null);
  if (before?.releaseId !== releaseId) {
    await holdRelease(tx, releaseId);
    const movedAt = deps.clock();
    const set = {
      currentReleaseId: releaseId,
      pointerVersion: (pointer?.version ?? 0) + 1,
      pointerMovedAt: movedAt,
      earlierTokensUntil:
        before === null
          ? null
          : lastTokenEnd({ ...before, earlierTokensUntil: pointer?.earlierTokensUntil ?? null }, movedAt),
    };
    await tx.update(envs).set(set).where(eq(envs.id, env.id));
    await tx.insert(envReleases).values({ envId: env.id, releaseId, ref, movedBy, movedAt });
    await announceChange(tx, env.id);
  }
  await tx.delete(unfinishedApplies).where(eq(unfinishedApplies.envId, env.id));
  return { releaseId: before?.releaseId ?? null, contentHash: before?.contentHash ?? null };
}

/** Keeps the release from being pruned until the move is over. */
async function holdRelease(tx: StoreDb, releaseId: string): Promise<void> {
  const [held] = await tx.select({ id: releases.id }).from(releases).where(eq(releases.id, releaseId)).for('key share');
  if (held === undefined) throw new StkError('NOT_FOUND', `There is no release "${releaseId}" any more`);
}

async function describe(tx: StoreDb, releaseId: string | null) {
  if (releaseId === null) return null;
  const [release] = await tx
    .select({
      contentHash: releases.contentHash,
      accessTokenTtlSeconds: sql<number>`(${releases.content}::json -> 'auth' ->> 'accessTokenTtlSeconds')::float8`,
    })
    .from(releases)
    .where(eq(releases.id, releaseId));
  return release === undefined ? null : { releaseId, ...release };
}
