import { type Schema, StkError } from '@santokit/contract';
import { withApplyLock } from '../apply/apply-lock.ts';
import { withLockedDatabases } from '../apply/locked-databases.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { refuseOldBridges } from '../bridges/old-bridges.ts';
import { requireConnections } from '../connections/require-connections.ts';
import { findSchemaDrift } from '../schema/find-schema-drift.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { findRelease, type ListedRelease } from './find-releases.ts';
import { movePointer } from './move-pointer.ts';
import type { ReleaseAuthor } from './move-to-release.ts';
import { releaseContent, storedRelease } from './stored-release.ts';
import { verifyRelease } from './verify-release.ts';

interface Repoint {
  readonly releaseId: string;
  readonly ref: string;
  readonly action: 'release.promote' | 'release.rollback';
  /** The env that a promoted release comes from. */
  readonly from?: string;
  /** Also while live Bridges are too old to serve it. Other schemas are never forced. */
  readonly force: boolean;
}

/**
 * Moves an env's pointer to a release that exists, after checking that the env's databases have that release's schema. The
 * databases are never changed.
 * @throws StkError `SCHEMA_DRIFT` with every difference in `details.drift`, `RELEASE_BLOCKED` while a live Bridge is too old for the
 *   release, `CONFLICT` while an apply of the env runs, `BAD_REQUEST` where the env lacks a connection
 */
export async function repointEnv(
  place: SchemaPlace,
  { releaseId, ref, action, from, force }: Repoint,
  by: ReleaseAuthor,
): Promise<ListedRelease & { previousReleaseId: string | null }> {
  const { deps, project, env } = place;
  const release = await storedRelease(deps.store.db, project, releaseId);
  if (!(await verifyRelease(place, release)).valid) {
    const verify = `stk release verify ${releaseId} tells more`;
    throw new StkError('CONFLICT', `${releaseId} is not as it was signed, and no Bridge would serve it: ${verify}`);
  }
  if (!force) await refuseOldBridges(place, release.minimumBridgeVersion);
  const { schema, connections } = releaseContent(release);
  await requireConnections(deps.store.db, env, { names: Object.keys(connections) });
  // An apply between the check and the move, be it of another env, could change the databases that were checked.
  const alone = <T>(move: () => Promise<T>) =>
    withApplyLock(deps, env, () => withLockedDatabases(place, schema, async () => await move()));
  const before = await alone(async () => {
    await refuseOtherSchema(place, releaseId, schema);
    return deps.store.db.transaction(async (tx) => {
      const previous = await movePointer(tx, place, { releaseId, ref, movedBy: by.createdBy });
      await appendAudit(deps, tx, {
        actorId: by.actorId,
        actorType: by.actorType,
        action,
        project: project.name,
        env: env.name,
        detail: {
          ...(from === undefined ? {} : { from }),
          releaseId,
          contentHash: release.contentHash,
          ref,
          ...(force ? { force } : {}),
          before: previous.releaseId,
          contentHashBefore: previous.contentHash,
        },
        origin: by.origin,
      });
      return previous;
    });
  });
  const moved = await findRelease(deps.store.db, { ...env, currentReleaseId: releaseId }, releaseId);
  return { ...moved, previousReleaseId: before.releaseId };
}

async function refuseOtherSchema(place: SchemaPlace, releaseId: string, schema: Schema): Promise<void> {
  const drift = await findSchemaDrift(place, schema);
  if (drift.length === 0) return;
  const databases = `The databases of the env "${place.env.name}"`;
  throw new StkError(
    'SCHEMA_DRIFT',
    `${databases} do not have the schema of ${releaseId}: nothing was moved. Apply that schema first, or make a new release`,
    { drift },
  );
}
