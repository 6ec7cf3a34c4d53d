import { appendAudit } from '../audit/append-audit.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { movePointer } from './move-pointer.ts';
import { currentReleaseKey } from './release-key.ts';
import { type ReleaseDraft, storeRelease } from './store-release.ts';

/** Who makes a release: an operator by a request, or the Hub where it finishes what one began. */
export interface ReleaseAuthor {
  readonly actorId: string | null;
  readonly actorType: 'operator' | 'system';
  /** As releases show it. */
  readonly createdBy: string;
  readonly origin: RequestOrigin | null;
}

export interface ReleaseMove extends ReleaseDraft {
  readonly planHash: string;
  /** What the audit log calls it. */
  readonly action: 'release.create' | 'permissions.apply';
}

/**
 * Stores the release, or finds the one with the same content, and moves the env's pointer to it: all of it, with its audit
 * entry, or nothing.
 */
export async function moveToRelease(
  place: SchemaPlace,
  { action, planHash, ...draft }: ReleaseMove,
  by: ReleaseAuthor,
): Promise<{ releaseId: string; reused: boolean }> {
  const { deps, project, env } = place;
  const { contentHash, ref } = draft;
  const key = await currentReleaseKey(deps);
  const result = await deps.store.db.transaction(async (tx) => {
    const { releaseId, reused } = await storeRelease(tx, place, { draft, createdBy: by.createdBy, key });
    const before = await movePointer(tx, place, { releaseId, ref, movedBy: by.createdBy });
    const detail = {
      releaseId,
      contentHash,
      ref,
      planHash,
      reused,
      before: before.releaseId,
      contentHashBefore: before.contentHash,
    };
    await appendAudit(deps, tx, {
      actorId: by.actorId,
      actorType: by.actorType,
      action,
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
