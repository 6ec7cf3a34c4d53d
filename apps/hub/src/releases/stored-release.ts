import { type CompiledRelease, parseJson, StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { releases } from '../store/tables/releases.ts';

export type StoredRelease = typeof releases.$inferSelect;

/** A release of the project with its content. @throws StkError `NOT_FOUND` */
export async function storedRelease(
  db: StoreDb,
  project: Pick<Project, 'id' | 'name'>,
  releaseId: string,
): Promise<StoredRelease> {
  const [release] = await db
    .select()
    .from(releases)
    .where(and(eq(releases.id, releaseId), eq(releases.projectId, project.id)));
  if (release === undefined)
    throw new StkError('NOT_FOUND', `The project "${project.name}" has no release "${releaseId}"`);
  return release;
}

/** What a release that is stored says: it was compiled, hashed and signed here. */
export function releaseContent({ content }: Pick<StoredRelease, 'content'>): CompiledRelease {
  return parseJson(content) as unknown as CompiledRelease;
}

/** The id of an env's current release. @throws StkError `NOT_FOUND` where nothing was released yet */
export function requireCurrentReleaseId(env: Pick<Env, 'name' | 'currentReleaseId'>): string {
  if (env.currentReleaseId === null)
    throw new StkError('NOT_FOUND', `Nothing was released to the env "${env.name}" yet: run stk apply`);
  return env.currentReleaseId;
}
