import { eq } from 'drizzle-orm';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { envs } from '../store/tables/projects.ts';
import { envReleases, releases } from '../store/tables/releases.ts';
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

/** Makes a stored release the current one of an env and tells its Bridges; nothing moves where it is so already. */
export async function movePointer(
  tx: StoreDb,
  { deps, env }: Pick<SchemaPlace, 'deps' | 'env'>,
  { releaseId, ref, movedBy }: PointerMove,
): Promise<PointerBefore> {
  const [pointer] = await tx
    .select({ releaseId: envs.currentReleaseId, version: envs.pointerVersion })
    .from(envs)
    .where(eq(envs.id, env.id))
    .for('update');
  const before = pointer?.releaseId ?? null;
  if (before !== releaseId) {
    const movedAt = deps.clock();
    const set = { currentReleaseId: releaseId, pointerVersion: (pointer?.version ?? 0) + 1, pointerMovedAt: movedAt };
    await tx.update(envs).set(set).where(eq(envs.id, env.id));
    await tx.insert(envReleases).values({ envId: env.id, releaseId, ref, movedBy, movedAt });
    await announceChange(tx, env.id);
  }
  if (before === null) return { releaseId: null, contentHash: null };
  const [release] = await tx
    .select({ contentHash: releases.contentHash })
    .from(releases)
    .where(eq(releases.id, before));
  return { releaseId: before, contentHash: release?.contentHash ?? null };
}
