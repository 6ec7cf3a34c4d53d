import { StkError } from '@santokit/contract';
import type { Context } from 'hono';
import type { Actor } from '../access/actor.ts';
import { authenticate } from '../access/authenticate.ts';
import { locateEnv, locateProject } from '../access/locate.ts';
import { locateOrg, locateOrgOf, requireAnyOwner } from '../access/locate-org.ts';
import type { Deps } from '../deps.ts';
import type { Admission } from './admission.ts';
import type { HubEnv } from './hub-env.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import type { HubRoute, MountedRequest } from './route.ts';

/** A path's values: names and ids. Nothing else can name something, so nothing else is looked up. */
const PARAM = /^[A-Za-z0-9_.-]{1,100}$/;

/**
 * Lets a request in: who sends it, what it is about, whether they may, and only then its query and body.
 * @param admission is filled in on the way, so that a refusal can be recorded with what was known
 * @throws StkError
 */
export async function admit(
  deps: Deps,
  route: HubRoute,
  context: Context<HubEnv>,
  admission: Admission,
): Promise<MountedRequest> {
  const params = readParams(context);
  admission.project = params.p ?? null;
  admission.env = params.e ?? null;
  admission.actor = route.least === 'public' ? null : await authenticate(deps, context.req.header('authorization'));
  const place = await locate(deps, route, params, admission.actor);
  const query = route.query && readQuery(context.req.queries(), route.query);
  const body = route.body && (await readBody(context.req.raw, route.body, route.bodyLimitBytes));
  // Where the path names no org, the body may.
  const org =
    route.least === 'orgAdmin' && place.org === null
      ? await locateOrg(deps.store.db, known(admission.actor), orgNamedIn(body))
      : place.org;
  return {
    deps,
    body,
    query,
    params,
    actor: admission.actor,
    ...place,
    org,
    admission,
    origin: admission.origin,
    headers: {
      get: (name) => context.req.header(name),
      set: (name, value) => context.header(name, value),
      append: (name, value) => context.header(name, value, { append: true }),
    },
    // Few ask for it, and every request would have one.
    get signal() {
      return context.req.raw.signal;
    },
  };
}

function readParams(context: Context<HubEnv>): Record<string, string> {
  const params = context.req.param();
  if (!Object.values(params).every((value) => PARAM.test(value)))
    throw new StkError('NOT_FOUND', 'There is nothing at this path');
  return params;
}

type Place = Pick<MountedRequest, 'org' | 'project' | 'env' | 'role'>;

async function locate(
  deps: Deps,
  route: HubRoute,
  params: Record<string, string>,
  actor: Actor | null,
): Promise<Place> {
  const { db } = deps.store;
  const nowhere = { org: null, project: null, env: null, role: null };
  switch (route.least) {
    case 'public':
    case 'signedIn':
      return nowhere;
    case 'person':
      knownPerson(actor);
      return nowhere;
    case 'owner':
      await requireAnyOwner(db, knownPerson(actor));
      return nowhere;
    case 'orgAdmin': {
      const person = knownPerson(actor);
      if (params.o !== undefined) return { ...nowhere, org: await locateOrg(db, person, params.o) };
      if (params.p === undefined) return nowhere;
      const { project } = await locateProject(db, person, params.p, 'viewer');
      return { ...nowhere, project, org: await locateOrgOf(db, person, project) };
    }
    case 'viewer':
    case 'deployer':
    case 'admin': {
      const { project, role } = await locateProject(db, known(actor), params.p ?? '', route.least);
      const env = params.e === undefined ? null : await locateEnv(db, project, params.e);
      return { ...nowhere, project, env, role };
    }
  }
}

function known(actor: Actor | null): Actor {
  if (actor === null) throw new StkError('UNAUTHORIZED', 'Sign in first: this needs an operator token');
  return actor;
}

function knownPerson(actor: Actor | null): Actor {
  const person = known(actor);
  if (person.credential.kind === 'session') return person;
  throw new StkError('FORBIDDEN', 'A personal access token cannot do this: sign in');
}

function orgNamedIn(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'org' in body && typeof body.org === 'string'
    ? body.org
    : undefined;
}
