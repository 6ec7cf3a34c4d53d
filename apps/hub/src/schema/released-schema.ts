import type { CompiledRelease, Schema } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { releaseContent, requireCurrentReleaseId } from '../releases/stored-release.ts';
import { releases } from '../store/tables/releases.ts';
import type { SchemaPlace } from './plan-connections.ts';

type ReleasePlace = Pick<SchemaPlace, 'deps' | 'env'>;

/** What the env's current release declares. @throws StkError `NOT_FOUND` where nothing was released */
export async function releasedSchema(place: ReleasePlace): Promise<Schema> {
  return (await currentRelease(place)).schema;
}

/** What the env serves. @throws StkError `NOT_FOUND` where nothing was released */
export async function currentRelease({ deps, env }: ReleasePlace): Promise<CompiledRelease> {
  const releaseId = requireCurrentReleaseId(env);
  const [release] = await deps.store.db
    .select({ content: releases.content })
    .from(releases)
    .where(eq(releases.id, releaseId));
  if (release === undefined) throw new Error(`Release ${releaseId} is gone`);
  return releaseContent(release);
}
