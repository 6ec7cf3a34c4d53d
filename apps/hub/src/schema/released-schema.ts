import { type CompiledRelease, type Schema, StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { releases } from '../store/tables/releases.ts';
import type { SchemaPlace } from './plan-connections.ts';

/** What the env's current release declares. @throws StkError `NOT_FOUND` where nothing was released */
export async function releasedSchema({ deps, env }: Pick<SchemaPlace, 'deps' | 'env'>): Promise<Schema> {
  if (env.currentReleaseId === null)
    throw new StkError('NOT_FOUND', `Nothing was released to the env "${env.name}" yet: run stk apply`);
  const [release] = await deps.store.db
    .select({ content: releases.content })
    .from(releases)
    .where(eq(releases.id, env.currentReleaseId));
  if (release === undefined) throw new Error(`Release ${env.currentReleaseId} is gone`);
  return (JSON.parse(release.content) as CompiledRelease).schema;
}
