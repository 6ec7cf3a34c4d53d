import { releaseListSchema, releaseSchema, StkError } from '@santokit/contract';
import { route } from '../http/route.ts';
import { findRelease, findReleases } from './find-releases.ts';

export const listReleasesRoute = route({
  name: 'releaseList',
  summary: 'Releases that are or were current in an env, newest first',
  least: 'viewer',
  answer: releaseListSchema,
  async handle({ deps, env }) {
    return { items: await findReleases(deps.store.db, env) };
  },
});

export const currentReleaseRoute = route({
  name: 'releaseCurrent',
  summary: "The release that an env's Bridges serve",
  least: 'viewer',
  answer: releaseSchema,
  async handle({ deps, env }) {
    if (env.currentReleaseId === null)
      throw new StkError('NOT_FOUND', `Nothing was released to the env "${env.name}" yet: run stk apply`);
    return findRelease(deps.store.db, env, env.currentReleaseId);
  },
});

export const showReleaseRoute = route({
  name: 'releaseShow',
  summary: 'One release of an env',
  least: 'viewer',
  answer: releaseSchema,
  async handle({ deps, env, params }) {
    return findRelease(deps.store.db, env, params.releaseId);
  },
});
