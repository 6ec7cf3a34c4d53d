import type { CompiledRelease } from '@santokit/contract';
import { signRelease } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import { ulid } from 'ulid';
import { appendAudit } from '../audit/append-audit.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { envs } from '../store/tables/projects.ts';
import { envReleases, releases } from '../store/tables/releases.ts';
import { announceChange } from './announce-change.ts';
import { neededBridgeVersion } from './needed-bridge-version.ts';
import { currentReleaseKey } from './release-key.ts';

/** Who makes a release. */
export interface ReleaseAuthor {
  readonly actorId: string;
  readonly actorType: 'operator';
  /** As releases show it. */
  readonly createdBy: string;
  readonly origin: RequestOrigin;
}

export interface ReleaseDraft {
  readonly release: CompiledRelease;
  readonly contentHash: string;
  readonly ref: string;
  readonly planHash: string;
}

/**
 * Stores the release, or finds the one with the same content, and moves the env's pointer to it: all of it, with its audit
 * entry, or nothing.
 */
export async function moveToRelease(
  place: SchemaPlace,
  draft: ReleaseDraft,
  by: ReleaseAuthor,
): Promise<{ releaseId: string; reused: boolean }> {
  const { deps, project, env } = place;
  const key = await currentReleaseKey(deps);
  const result = await deps.store.db.transaction(async (tx) => {
    const [pointer] = await tx
      .select({ before: envs.currentReleaseId, version: envs.pointerVersion })
      .from(envs)
      .where(eq(envs.id, env.id))
      .for('update');
    const { releaseId, reused } = await storeRelease(tx, place, { draft, by, key });
    if (pointer?.before !== releaseId) {
      const movedAt = deps.clock();
      const set = { currentReleaseId: releaseId, pointerVersion: (pointer?.version ?? 0) + 1, pointerMovedAt: movedAt };
      await tx.update(envs).set(set).where(eq(envs.id, env.id));
      await tx.insert(envReleases).values({ envId: env.id, releaseId, ref: draft.ref, movedBy: by.createdBy, movedAt });
      await announceChange(tx, env.id);
    }
    const detail = {
      releaseId,
      contentHash: draft.contentHash,
      ref: draft.ref,
      planHash: draft.planHash,
      reused,
      before: pointer?.before ?? null,
    };
    await appendAudit(deps, tx, {
      actorId: by.actorId,
      actorType: by.actorType,
      action: 'release.create',
      project: project.name,
      env: env.name,
      detail,
      origin: by.origin,
    });
    return { releaseId, reused };
  });
  if (!result.reused) deps.metrics.releasesCreated.inc();
  return result;
}

interface StoreRelease {
  readonly draft: ReleaseDraft;
  readonly by: ReleaseAuthor;
  readonly key: { readonly keyId: string; readonly privateKey: string };
}

async function storeRelease(
  tx: StoreDb,
  { deps, project }: SchemaPlace,
  { draft, by, key }: StoreRelease,
): Promise<{ releaseId: string; reused: boolean }> {
  const { release, contentHash, ref } = draft;
  const releaseId = `rel_${ulid()}`;
  const signature = signRelease(key.privateKey, { releaseId, project: project.name, contentHash });
  const [stored] = await tx
    .insert(releases)
    .values({
      id: releaseId,
      projectId: project.id,
      content: JSON.stringify(release),
      contentHash,
      ref,
      signature,
      signingKeyId: key.keyId,
      minimumBridgeVersion: neededBridgeVersion(release),
      createdBy: by.createdBy,
      createdAt: deps.clock(),
    })
    .onConflictDoNothing({ target: [releases.projectId, releases.contentHash] })
    .returning({ id: releases.id });
  if (stored !== undefined) return { releaseId, reused: false };
  const [existing] = await tx
    .select({ id: releases.id })
    .from(releases)
    .where(and(eq(releases.projectId, project.id), eq(releases.contentHash, contentHash)));
  if (existing === undefined) throw new Error('A release was neither stored nor found');
  return { releaseId: existing.id, reused: true };
}
