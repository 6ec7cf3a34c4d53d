import { HUB_ROUTES } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HubRoute } from '../src/http/route.ts';
import { ROUTES } from '../src/routes.ts';
import { endUserTotpCalls } from './support/end-user-totp-calls.ts';
import { joinOrg, PASSWORD } from './support/join-org.ts';
import { OidcCalls } from './support/oidc-calls.ts';
import { OPERATOR, RunningHub, SETUP_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';
import { codeOf, enableTotp, enrolTotp } from './support/totp.ts';
import { userCalls } from './support/user-calls.ts';

const FILES = Object.entries(SHOP_FILES).map(([path, content]) => ({ path, content }));
const USER = { project: 'shop', env: 'dev', email: 'bob@example.com', password: 'a long password' };
let hub: RunningHub;
let oidc: OidcCalls;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  oidc = await OidcCalls.start(hub);
});
afterAll(async () => {
  await oidc.idp.stop();
  await hub.stop();
});

const VALUES: Readonly<Record<string, string>> = { o: 'acme', p: 'shop', e: 'dev', name: 'main' };
const endpoint = (route: HubRoute, values = VALUES) =>
  `${route.method} ${route.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'some')}`;
const guarded = ROUTES.filter((route) => route.least !== 'public');

it('every path of the contract is served by one route', () => {
  expect(ROUTES.map((route) => route.name).toSorted()).toEqual(Object.keys(HUB_ROUTES).toSorted());
});

it('every route of the two doors is described', async () => {
  const { paths } = (await hub.must('GET /openapi.json', { token: '' })).json;
  const described = Object.entries<Record<string, { operationId: string }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, `${method.toUpperCase()} ${path}`]),
  );
  expect(Object.fromEntries(described)).toMatchObject(HUB_ROUTES);
});

it('every route for signed-in end users is described as one that asks for an access token, or its cookie', async () => {
  const { paths } = (await hub.must('GET /openapi.json', { token: '' })).json;
  const asking = Object.entries<Record<string, { operationId: string; security?: object[] }>>(paths)
    .flatMap(([, methods]) => Object.values(methods))
    .filter(({ operationId }) => operationId.startsWith('endUser'))
    .filter(({ security }) => JSON.stringify(security) === '[{"accessToken":[]},{"accessCookie":[]}]');
  expect(asking.map(({ operationId }) => operationId).toSorted()).toEqual([
    'endUserIdentities',
    'endUserLogoutAll',
    'endUserMe',
    'endUserOidcUnlink',
    'endUserPasswordChange',
    'endUserPasswordSet',
    'endUserSessions',
    'endUserTotpConfirm',
    'endUserTotpDisable',
    'endUserTotpEnrol',
  ]);
});

it('no answer of the two doors is kept by a cache', async () => {
  for (const token of ['', hub.token])
    for (const path of ['/api/v1/projects', '/endusers/me', '/endusers/me?project=shop&env=dev'])
      expect((await hub.call(`GET ${path}`, { token })).headers.get('cache-control')).toBe('no-store');
});

it.each(ROUTES)('$name names a least role', ({ name, least }) => {
  expect(['viewer', 'deployer', 'admin', 'orgAdmin', 'owner', 'person', 'signedIn', 'public']).toContain(least);
  const open = ['setup', 'login', 'invitationSignUp'];
  // End users are no operators: those of their routes that need somebody signed in look for an access token.
  expect(least === 'public').toBe(open.includes(name) || name.startsWith('endUser'));
});

it.each(guarded)('$name refuses who shows no token or one that is none', async (route) => {
  for (const token of ['', 'nonsense', `${hub.token}x`])
    expect((await hub.call(endpoint(route), { token })).status).toBe(401);
});

it.each([
  ['viewer', ['deployer', 'admin', 'person', 'orgAdmin']],
  ['deployer', ['admin', 'person', 'orgAdmin']],
])('a %s may do nothing that needs more', async (role, more) => {
  const token = await hub.personalToken(role);
  for (const route of guarded.filter(({ least }) => more.includes(least)))
    expect([route.name, (await hub.call(endpoint(route), { token })).status]).toEqual([route.name, 403]);
});

it('a viewer reads', async () => {
  const token = await hub.personalToken('viewer');
  for (const path of ['releases', 'releases/current'])
    expect((await hub.call(`GET /api/v1/projects/shop/envs/dev/${path}`, { token })).status).toBe(200);
});

it('a personal token says nothing of other projects', async () => {
  await hub.must('POST /api/v1/projects', { body: { name: 'other' } });
  const token = await hub.personalToken('admin');
  expect((await hub.call('GET /api/v1/projects/other/envs', { token })).status).toBe(404);
  expect((await hub.call('GET /api/v1/projects', { token })).json.data.items).toMatchObject([{ name: 'shop' }]);
});

describe('the audit log', () => {
  /** POST, because it takes files or asks a database, but changes nothing. */
  const READING = [
    'schemaPull',
    'schemaPlan',
    'schemaDrift',
    'schemaVerify',
    'connectionTest',
    'storageTest',
    'permissionsTest',
    'permissionsExplain',
    'permissionsImpact',
  ];
  /** Each session comes here every few minutes and changes nothing but its tokens: the log would be full of it. */
  const UNTOLD = ['endUserRefresh'];
  const mutating = ROUTES.filter(({ method, name }) => method !== 'GET' && ![...READING, ...UNTOLD].includes(name));
  const invited = async (email: string) =>
    (await hub.must('POST /api/v1/orgs/acme/invitations', { body: { email } })).json.data;
  const somebody = (more = {}) => joinOrg(hub, { email: `${crypto.randomUUID()}@example.com`, ...more });
  const PLACE = { project: 'shop', env: 'dev' };
  const endUserSession = async () => {
    const body = { ...USER, email: `${crypto.randomUUID()}@example.com` };
    return (await hub.must('POST /endusers/signup', { token: '', body })).json.data;
  };
  const STORAGE_CREDENTIALS = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const keyBody = { name: 'k', roles: ['admin'] };
  const calls: Readonly<Record<string, () => Promise<{ body?: unknown; id?: string; e?: string; token?: string }>>> = {
    login: async () => ({ body: OPERATOR }),
    logout: async () => ({ token: (await hub.must('POST /api/v1/login', { body: OPERATOR })).json.data.token }),
    totpEnrol: async () => ({ token: (await somebody()).token, body: { password: PASSWORD } }),
    totpConfirm: async () => {
      const { token } = await somebody();
      return { token, body: { code: codeOf(hub, await enrolTotp(hub, token)) } };
    },
    totpDisable: async () => {
      const { token } = await somebody();
      const { recovery } = await enableTotp(hub, token);
      return { token, body: { password: PASSWORD, code: recovery[0] } };
    },
    tokenCreate: async () => ({ body: { name: 't', project: 'shop', role: 'viewer' } }),
    tokenRevoke: async () => {
      await hub.personalToken('viewer');
      return { id: (await hub.must('GET /api/v1/tokens')).json.data.items[0].id };
    },
    orgCreate: async () => ({ body: { name: 'second' } }),
    orgMemberSetRole: async () => ({ body: { role: 'admin' }, id: (await somebody()).id }),
    orgMemberRemove: async () => ({ id: (await somebody()).id }),
    invitationCreate: async () => ({ body: { email: 'cy@example.com' } }),
    invitationRevoke: async () => ({ id: (await invited('di@example.com')).id }),
    invitationSignUp: async () => ({
      token: '',
      body: { token: (await invited('ed@example.com')).token, password: PASSWORD },
    }),
    invitationAccept: async () => {
      const { id, email, token } = await somebody();
      await hub.must(`DELETE /api/v1/orgs/acme/members/${id}`);
      return { token, body: { token: (await invited(email)).token } };
    },
    projectMemberSetRole: async () => ({ body: { role: 'viewer' }, id: (await somebody()).id }),
    projectMemberRemove: async () => ({ id: (await somebody({ project: 'shop', projectRole: 'viewer' })).id }),
    projectCreate: async () => ({ body: { name: 'third', org: 'acme' } }),
    envCreate: async () => ({ body: { name: 'staging' } }),
    envRemove: async () => {
      await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'brief' } });
      return { e: 'brief' };
    },
    envProtect: async () => ({ body: { protected: false } }),
    connectionSet: async () => ({ body: { engine: 'postgres', url: hub.shopUrl } }),
    connectionRotate: async () => ({ body: { url: hub.shopUrl } }),
    connectionRemove: async () => {
      const body = { engine: 'postgres', url: hub.shopUrl };
      await hub.must('PUT /api/v1/projects/shop/envs/dev/connections/spare', { body });
      return { id: 'spare' };
    },
    logicRun: async () => {
      await hub.apply({ ...SHOP_FILES, 'logics/one.sql': '---\nroles: [public]\n---\nselect 1 as n' });
      return { body: { name: 'one', as: { type: 'api_key', sub: null, roles: [] } } };
    },
    cronTrigger: async () => {
      const logic = { 'logics/one.sql': '---\nroles: [public]\n---\nselect 1 as n' };
      await hub.apply({ ...SHOP_FILES, ...logic, 'cron/c.yaml': 'name: c\nevery: 1h\nhandler: logics/one' });
      return { id: 'c' };
    },
    deadLetterReplay: async () => ({ body: { all: true } }),
    deadLetterPurge: async () => ({ body: { all: true } }),
    breakerReset: async () => {
      await hub.apply({
        ...SHOP_FILES,
        'logics/one.sql': '---\nroles: [public]\n---\nselect 1 as n',
        'events/topics/t.yaml': 'name: t\nschema: {}\n',
        'events/subscriptions/s.yaml': 'name: s\ntopic: t\nhandler: logics/one\n',
      });
      return { id: 's' };
    },
    storageSet: async () => ({ body: STORAGE_CREDENTIALS }),
    storageRemove: async () => {
      await hub.must('PUT /api/v1/projects/shop/envs/dev/storage/spare', { body: STORAGE_CREDENTIALS });
      return { id: 'spare' };
    },
    apply: async () => ({ body: { files: FILES, ref: 'x' } }),
    releasePromote: async () => {
      const spare = '/api/v1/projects/shop/envs/spare';
      await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'spare' } });
      await hub.must(`PUT ${spare}/connections/main`, { body: { engine: 'postgres', url: hub.shopUrl } });
      await hub.must(`POST ${spare}/apply`, { body: { files: FILES, ref: 'x' } });
      return { body: { from: 'spare' } };
    },
    releaseRollback: async () => {
      const current = await hub.must('GET /api/v1/projects/shop/envs/dev/releases/current');
      return { body: { releaseId: current.json.data.releaseId } };
    },
    apiKeyCreate: async () => ({ body: keyBody }),
    apiKeyRevoke: async () => ({
      id: (await hub.must('POST /api/v1/projects/shop/envs/dev/apikeys', { body: keyBody })).json.data.keyId,
    }),
    oidcSet: async () => ({ body: oidc.settings() }),
    oidcTest: async () => ({}),
    oidcRemove: async () => {
      await oidc.set('brief');
      return { id: 'brief' };
    },
    bridgeSync: async () => ({}),
    endUserLogout: async () => ({ body: { ...PLACE, refreshToken: (await endUserSession()).refreshToken } }),
    endUserLogoutAll: async () => ({ body: PLACE, token: (await endUserSession()).accessToken }),
    endUserPasswordChange: async () => ({
      body: { ...PLACE, currentPassword: USER.password, newPassword: USER.password },
      token: (await endUserSession()).accessToken,
    }),
    endUserPasswordSet: async () => {
      const { accessToken, user } = await endUserSession();
      await hub.store`update end_users set password_hash = null where id = ${user.id}`;
      return { body: { ...PLACE, password: USER.password }, token: accessToken };
    },
    ...endUserTotpCalls(() => hub, PLACE),
    ...userCalls(() => hub, PLACE),
    keyRotate: async () => ({ body: {} }),
    endUserSignup: async () => ({ body: USER }),
    endUserLogin: async () => ({ body: USER }),
    endUserOidcExchange: async () => {
      await oidc.session('ann');
      const exchangeCode = (await oidc.goThrough('ann')).url.searchParams.get('exchange_code');
      return { body: { exchangeCode } };
    },
    endUserOidcUnlink: async () => {
      const { accessToken, user } = await oidc.session('bob');
      await hub.store`update end_users set email = 'bob@elsewhere.example.com', password_hash = 'x' where id = ${user.id}`;
      return { body: PLACE, token: accessToken };
    },
  };

  it('has exactly one entry of the setup', async () => {
    expect(await hub.store`select seq::int from audit_log where action = 'operator.setup'`).toEqual([{ seq: 1 }]);
  });

  it.each(mutating.filter(({ name }) => name !== 'setup'))('has exactly one entry of every $name', async (route) => {
    const { body, id = 'main', e = 'dev', token } = (await calls[route.name]?.()) ?? {};
    // An apply that changes no table is told by the release that it makes.
    const action = route.name === 'apply' ? 'release.create' : (route.audit ?? 'none');
    const answer = await hub.must(
      endpoint(route, { ...VALUES, e, id, name: id, provider: id, keyId: id, operatorId: id }),
      {
        body,
        token,
      },
    );
    const written = await hub.store`
      select action from audit_log where request_id = ${answer.headers.get('x-request-id') ?? ''}`;
    expect(written).toEqual([{ action }]);
  });

  it('has an entry of what was refused', async () => {
    const path = 'PUT /api/v1/projects/shop/envs/dev/connections/main';
    await hub.call(path, { token: await hub.personalToken('viewer'), body: {} });
    const [last] = await hub.store`select action, detail from audit_log order by seq desc limit 1`;
    expect(last).toMatchObject({ action: 'connection.set', detail: { refused: 'FORBIDDEN' } });
  });

  it.each(['update audit_log set action = $$x$$', 'delete from audit_log', 'truncate audit_log'])(
    'refuses: %s',
    async (statement) => {
      await expect(hub.store.unsafe(statement)).rejects.toThrow('append-only');
    },
  );
});

it('a Hub is set up once', async () => {
  const body = { token: SETUP_TOKEN, email: 'eve@example.com', password: OPERATOR.password, org: 'evil' };
  expect((await hub.call('POST /api/v1/setup', { token: '', body })).status).toBe(409);
});

it('end users cannot sign up where that is closed', async () => {
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': 'signup: closed\n' });
  const body = { ...USER, email: 'late@example.com' };
  const refused = await hub.call('POST /endusers/signup', { token: '', body });
  expect([refused.status, refused.json.error.code]).toEqual([403, 'FORBIDDEN']);
  expect((await hub.store`select 1 from end_users where email = 'late@example.com'`).length).toBe(0);
});

it.each([
  ['an operator', OPERATOR.email, OPERATOR.password],
  ['nobody', 'nobody@example.com', 'whatever it may be'],
])('five wrong passwords lock %s out, also with the right one', async (_who, email, right) => {
  await hub.store`delete from operator_login_failures`;
  const login = (password: string) => hub.call('POST /api/v1/login', { token: '', body: { email, password } });
  // The limit per minute is another one: it must not be what refuses here.
  await hub.deps.loginLimiter.delete(JSON.stringify(['operators', '127.0.0.1', email]));
  for (let attempt = 0; attempt < 5; attempt += 1) expect((await login('wrong')).status).toBe(401);
  const locked = await login(right);
  expect([locked.status, locked.json.error.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
  expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800);
  expect(locked.headers.get('ratelimit-policy')).toBe('5;w=900');
});
