import { type AuthConfig, StkError } from '@santokit/contract';
import { and, eq, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import type { Admission } from '../http/admission.ts';
import type { RouteHeaders } from '../http/route.ts';
import { releaseContent } from '../releases/stored-release.ts';
import { builtOnce } from '../store/built-once.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { releases } from '../store/tables/releases.ts';
import { allowPage } from './allow-page.ts';

/** The env that an end user belongs to, and what its release says about accounts. */
export interface EndUserPlace extends AccountRules {
  readonly projectId: string;
  readonly project: string;
  readonly envId: string;
  readonly env: string;
  readonly earlierTokensUntil: Date | null;
}

interface AccountRules {
  readonly auth: AuthConfig;
  /** Attempts to log in per minute, address and account; absent: the default. */
  readonly loginPerMinute: number | undefined;
}

export interface NamedPlace {
  readonly project: string;
  readonly env: string;
}

/** What `enterFound` needs of an env. */
export const placeColumns = {
  projectId: projects.id,
  envId: envs.id,
  releaseId: envs.currentReleaseId,
  earlierTokensUntil: envs.earlierTokensUntil,
};
type FoundPlace = Pick<EndUserPlace, 'projectId' | 'envId' | 'earlierTokensUntil'> & {
  readonly releaseId: string | null;
};

/** Whether an env is the one of the placeholders `project` and `env`. */
export function isNamedPlace() {
  return and(eq(projects.name, sql.placeholder('project')), eq(envs.name, sql.placeholder('env')));
}

export interface EndUserRequest {
  readonly deps: Pick<Deps, 'store'>;
  readonly headers: RouteHeaders;
  readonly admission: Admission;
}

/**
 * The env that a request of an end user names. From here on a page of an origin that the env lists may read the answer, and the
 * audit log knows what a refusal is about.
 * @throws StkError `NOT_FOUND` for an unknown project and env, and for an env that serves nothing yet
 */
export async function enterPlace(request: EndUserRequest, named: NamedPlace): Promise<EndUserPlace> {
  const [found] = await placeQuery(request.deps.store).execute({ ...named });
  return await enterFound(request, named, found);
}

const placeQuery = builtOnce((db) =>
  db
    .select(placeColumns)
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(isNamedPlace())
    .prepare('end_user_place'),
);

/** The same of an env that was looked up together with more, by `placeColumns`. */
export async function enterFound(
  { deps, headers, admission }: EndUserRequest,
  { project, env }: NamedPlace,
  found: FoundPlace | undefined,
): Promise<EndUserPlace> {
  if (found === undefined || found.releaseId === null)
    throw new StkError('NOT_FOUND', 'There is no such project and env');
  const { releaseId, ...ids } = found;
  const place = { ...ids, project, env, ...(await rulesOf(deps, releaseId)) };
  Object.assign(admission, { project, env });
  allowPage(headers, place);
  return place;
}

/** What is needed of an env to end sessions. */
export type SessionPlace = Pick<EndUserPlace, 'envId' | 'earlierTokensUntil'> & {
  readonly auth: Pick<AuthConfig, 'accessTokenTtlSeconds'>;
};

/** The same of an env that an operator names; before its first release nobody has a token. */
export async function sessionPlaceOf(deps: Pick<Deps, 'store'>, env: Env): Promise<SessionPlace> {
  const { id: envId, currentReleaseId, earlierTokensUntil } = env;
  const auth = currentReleaseId === null ? { accessTokenTtlSeconds: 0 } : (await rulesOf(deps, currentReleaseId)).auth;
  return { envId, earlierTokensUntil, auth };
}

/** Releases are large and never change. */
const knownRules = new LRUCache<string, AccountRules>({ max: 1_000 });

async function rulesOf({ store }: Pick<Deps, 'store'>, releaseId: string): Promise<AccountRules> {
  const known = knownRules.get(releaseId);
  if (known !== undefined) return known;
  const [release] = await store.db
    .select({ content: releases.content })
    .from(releases)
    .where(eq(releases.id, releaseId));
  if (release === undefined) throw new Error(`Release ${releaseId} is gone`);
  const { auth, limits } = releaseContent(release);
  const rules = { auth, loginPerMinute: limits.rateLimits.loginPerMinute };
  knownRules.set(releaseId, rules);
  return rules;
}
