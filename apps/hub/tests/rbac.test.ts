import { randomUUID } from 'node:crypto';
import type { OrgRole, ProjectRole } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../src/access/least-role.ts';
import type { HubRoute } from '../src/http/route.ts';
import { ROUTES } from '../src/routes.ts';
import { joinOrg, PASSWORD } from './support/join-org.ts';
import { type Answer, RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

/** Somebody who sends a request about the org `acme`, its project `shop` and env `dev`, and what they are there. */
interface Persona {
  readonly org: OrgRole | 'stranger';
  /** A role given on the project. */
  readonly given?: ProjectRole;
  /** By personal token with this role, on `shop` unless `elsewhere`. */
  readonly token?: ProjectRole;
  readonly elsewhere?: true;
  /** What all of it comes to, written down and not computed. */
  readonly role: ProjectRole | null;
}

const PERSONAS: readonly Persona[] = [
  { org: 'owner', role: 'admin' },
  { org: 'admin', role: 'admin' },
  { org: 'member', role: null },
  { org: 'stranger', role: null },
  { org: 'member', given: 'viewer', role: 'viewer' },
  { org: 'member', given: 'deployer', role: 'deployer' },
  { org: 'member', given: 'admin', role: 'admin' },
  { org: 'admin', given: 'viewer', role: 'viewer' },
  { org: 'admin', given: 'deployer', role: 'deployer' },
  { org: 'admin', given: 'admin', role: 'admin' },
  { org: 'owner', given: 'viewer', role: 'viewer' },
  { org: 'owner', token: 'admin', role: 'admin' },
  { org: 'owner', token: 'deployer', role: 'deployer' },
  { org: 'owner', token: 'viewer', role: 'viewer' },
  { org: 'owner', token: 'admin', elsewhere: true, role: null },
  { org: 'owner', given: 'viewer', token: 'admin', role: 'viewer' },
  { org: 'member', given: 'deployer', token: 'deployer', role: 'deployer' },
];
const nameOf = ({ org, given, token, elsewhere }: Persona) =>
  [
    org,
    given === undefined ? '' : `given ${given}`,
    token === undefined ? '' : `by a token of ${token}${elsewhere ? ' elsewhere' : ''}`,
  ]
    .filter((part) => part !== '')
    .join(', ');

type Outcome = 'let in' | 'forbidden' | 'hidden';

/** The table of roles, in one place. */
function expected(route: HubRoute, { org, role, token }: Persona): Outcome {
  switch (route.least) {
    case 'public':
    case 'signedIn':
      return 'let in';
    case 'person':
      return token === undefined ? 'let in' : 'forbidden';
    case 'owner':
      return token === undefined && (org === 'owner' || org === 'stranger') ? 'let in' : 'forbidden';
    case 'orgAdmin':
      if (token !== undefined) return 'forbidden';
      if (org === 'stranger' || (route.path.includes('{p}') && role === null)) return 'hidden';
      return org === 'member' ? 'forbidden' : 'let in';
    case 'viewer':
    case 'deployer':
    case 'admin':
      if (role === null) return 'hidden';
      return reaches(role, route.least) ? 'let in' : 'forbidden';
  }
}

function outcomeOf({ status, text, json }: Answer): Outcome | string {
  if (status === 403) return 'forbidden';
  if (status === 401 || status >= 500) return `${status} ${text}`;
  // What is not there beside what must not be known: the one that was asked for has another name.
  return status === 404 && /^There is no (project "shop"|org "acme")$/.test(json.error.message) ? 'hidden' : 'let in';
}

const VALUES: Readonly<Record<string, string>> = { o: 'acme', p: 'shop', e: 'dev' };
const endpoint = ({ method, path }: HubRoute) => {
  // What would be deleted is not there: the next route needs it.
  const named = method === 'DELETE' ? path.replace(/\{\w+\}$/, 'some') : path;
  return `${method} ${named.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'some')}`;
};
/** Where the org stands in the body, it has to be one that is valid; of other routes the body is looked at after the role. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  projectCreate: () => ({ name: randomUUID(), org: 'acme' }),
};

let hub: RunningHub;
const sessions = new Map<Persona, { readonly bearer: string; readonly email: string }>();
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  await hub.must('POST /api/v1/projects', { body: { name: 'elsewhere' } });
  await hub.must('POST /api/v1/orgs', { body: { name: 'umbrella' } });
  for (const persona of PERSONAS) sessions.set(persona, await arrive(persona));
});
afterAll(() => hub.stop());

async function arrive(persona: Persona) {
  const email = `${randomUUID()}@example.com`;
  const [org, role] = persona.org === 'stranger' ? (['umbrella', 'owner'] as const) : (['acme', persona.org] as const);
  const { id, token } = await joinOrg(hub, { email, role }, org);
  const give = (given: ProjectRole) => hub.must(`PUT /api/v1/projects/shop/members/${id}`, { body: { role: given } });
  if (persona.given !== undefined && persona.org === 'member') await give(persona.given);
  const bearer = persona.token === undefined ? token : await personalToken(persona, token);
  // An owner makes the token before the lower role is given: it must not stay what it was.
  if (persona.given !== undefined) await give(persona.given);
  return { bearer, email };
}

async function personalToken({ token: role, elsewhere }: Persona, session: string): Promise<string> {
  const body = { name: 't', role, project: elsewhere ? 'elsewhere' : 'shop' };
  return (await hub.must('POST /api/v1/tokens', { token: session, body })).json.data.token;
}

async function bearerFor(persona: Persona, route: HubRoute): Promise<string> {
  const { bearer = '', email = '' } = sessions.get(persona) ?? {};
  // A session that is ended is not the one of the next route.
  if (route.name !== 'logout' || persona.token !== undefined) return bearer;
  return (await hub.must('POST /api/v1/login', { token: '', body: { email, password: PASSWORD } })).json.data.token;
}

describe.each(ROUTES.filter(({ least }) => least !== 'public'))('$name, from $least on,', (route) => {
  it.each(PERSONAS.map((persona) => [nameOf(persona), expected(route, persona), persona] as const))(
    '%s is %s',
    async (_name, outcome, persona) => {
      const token = await bearerFor(persona, route);
      const body = BODIES[route.name]?.() ?? (route.body === undefined ? undefined : {});
      expect(outcomeOf(await hub.call(endpoint(route), { token, body }))).toBe(outcome);
    },
  );
});

describe('the table of least roles', () => {
  const rows: readonly [string, RegExp][] = [
    ['deployer', /^POST .*\/(schema\/plan|apply|releases\/promote|releases\/rollback)$/],
    ['admin', /^(POST .*\/envs|.*\/(connections|apikeys|storage|keys|oidc|users|audit|protection)(\/.*)?)$/],
    ['orgAdmin', /^(POST \/api\/v1\/projects|.*\/members(\/.*)?|.*\{o\}\/invitations(\/.*)?)$/],
  ];
  it.each(rows)('asks for %s', (least, pattern) => {
    const routes = ROUTES.filter(({ method, path }) => path.startsWith('/api/') && pattern.test(`${method} ${path}`));
    expect(routes.length).toBeGreaterThan(1);
    for (const route of routes) expect([route.name, route.least]).toEqual([route.name, least]);
  });
});
