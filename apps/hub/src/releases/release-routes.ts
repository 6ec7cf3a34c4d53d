import { releaseListSchema, releaseSchema } from '@santokit/contract';
import { route } from '../http/route.ts';
import { findRelease, findReleases } from './find-releases.ts';
import { requireCurrentReleaseId } from './stored-release.ts';

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
    return findRelease(deps.store.db, env, requireCurrentReleaseId(env));
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
