import { type AuthConfig, type CompiledRelease, StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { releases } from '../store/tables/releases.ts';

/** The env that an end user belongs to, and what its release says about accounts. */
export interface EndUserPlace {
  readonly projectId: string;
  readonly project: string;
  readonly envId: string;
  readonly env: string;
  readonly auth: AuthConfig;
  /** Attempts to log in per minute, address and account; absent: the default. */
  readonly loginPerMinute: number | undefined;
}

/** @throws StkError `NOT_FOUND` for an unknown project and env, and for an env that serves nothing yet */
export async function findEndUserPlace(
  { store }: Pick<Deps, 'store'>,
  named: { project: string; env: string },
): Promise<EndUserPlace> {
  const [found] = await store.db
    .select({ projectId: projects.id, envId: envs.id, content: releases.content })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .innerJoin(releases, eq(releases.id, envs.currentReleaseId))
    .where(and(eq(projects.name, named.project), eq(envs.name, named.env)));
  if (found === undefined) throw new StkError('NOT_FOUND', 'There is no such project and env');
  const { auth, limits } = JSON.parse(found.content) as CompiledRelease;
  return {
    projectId: found.projectId,
    project: named.project,
    envId: found.envId,
    env: named.env,
    auth,
    loginPerMinute: limits.rateLimits.loginPerMinute,
  };
}
