import type { CompiledRelease } from '@santokit/contract';
import { newUlid, signRelease } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { releases } from '../store/tables/releases.ts';
import { neededBridgeVersion } from './needed-bridge-version.ts';

/** A release as it is about to be stored. */
export interface ReleaseDraft {
  readonly release: CompiledRelease;
  readonly contentHash: string;
  readonly ref: string;
}

interface StoreRelease {
  readonly draft: ReleaseDraft;
  /** As releases show it. */
  readonly createdBy: string;
  readonly key: { readonly keyId: string; readonly privateKey: string };
}

/** Signs and stores a release, or finds the one of the project that has the same content. */
export async function storeRelease(
  tx: StoreDb,
  { deps, project }: Pick<SchemaPlace, 'deps' | 'project'>,
  { draft, createdBy, key }: StoreRelease,
): Promise<{ releaseId: string; reused: boolean }> {
  const { release, contentHash, ref } = draft;
  const releaseId = `rel_${newUlid()}`;
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
      createdBy,
      createdAt: deps.clock(),
    })
    .onConflictDoNothing({ target: [releases.projectId, releases.contentHash] })
    .returning({ id: releases.id });
  if (stored !== undefined) return { releaseId, reused: false };
  const [existing] = await tx
    .select({ id: releases.id })
    .from(releases)
    .where(and(eq(releases.projectId, project.id), eq(releases.contentHash, contentHash)))
    // Until an env points at it, nothing else keeps it from being pruned.
    .for('key share');
  if (existing === undefined) throw new Error('A release was neither stored nor found');
  return { releaseId: existing.id, reused: true };
}
