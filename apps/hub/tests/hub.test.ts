import { createHash } from 'node:crypto';
import { type SignedRelease, signedReleaseSchema } from '@santokit/contract';
import {
  accessTokenKid,
  contentHash,
  importAccessTokenKey,
  isReleaseSignatureValid,
  verifyAccessToken,
} from '@santokit/crypto';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../src/routes.ts';
import {
  type Answer,
  type Hub,
  PASSWORD,
  type RequestOptions,
  SERVICE_TOKEN,
  SETUP_TOKEN,
  startHubProcess,
} from './support/hub-process.ts';

const SCHEMA =
  'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n      owner: { type: string, nullable: true }\n';
const PERMISSIONS =
  'version: 1\ntables:\n  notes:\n    select:\n      - roles: [user]\n        condition: resource.owner == request.auth.sub\n';
const schemaFile = (content: string) => ({ path: 'schema/notes.yaml', content });
const permissionsFile = (content = PERMISSIONS) => ({ path: 'config/permissions.yaml', content });
const FILES = [schemaFile(SCHEMA), permissionsFile()];
const ENV = '/api/v1/projects/shop/envs/dev';

let hub: Hub;
let target: TestDatabase;
let store: postgres.Sql;
let operator: string;

const asOperator = (method: string, path: string, body?: unknown): Promise<Answer> =>
  hub.request(method, path, { token: operator, body });
const asBridge = (path: string, options: RequestOptions = {}): Promise<Answer> =>
  hub.request('GET', path, { token: SERVICE_TOKEN, ...options });
const apply = (files: unknown, more: object = {}): Promise<Answer> =>
  asOperator('POST', `${ENV}/apply`, { files, ref: 'r1', ...more });
const actions = async () => (await store`select action from audit_log order by seq`).map((row) => row.action as string);

beforeAll(async () => {
  [hub, target] = await Promise.all([startHubProcess(), createTestDatabase()]);
  store = postgres(hub.databaseUrl, { max: 1 });
  const setup = { token: SETUP_TOKEN, email: 'Op@example.com', password: PASSWORD, org: 'acme' };
  expect((await hub.request('POST', '/api/v1/setup', { body: { ...setup, token: 'wrong' } })).status).toBe(401);
  expect((await hub.request('POST', '/api/v1/setup', { body: setup })).status).toBe(200);
  expect((await hub.request('POST', '/api/v1/setup', { body: setup })).status).toBe(409);
  const login = await hub.request('POST', '/api/v1/login', { body: { email: 'op@example.com', password: PASSWORD } });
  operator = login.body.data.token;
  expect((await asOperator('POST', '/api/v1/projects', { name: 'shop' })).status).toBe(201);
  expect((await asOperator('POST', '/api/v1/projects/shop/envs', { name: 'dev' })).status).toBe(201);
  expect((await asOperator('PUT', `${ENV}/connections/main`, { engine: 'postgres', url: target.url })).status).toBe(
    200,
  );
});

afterAll(async () => {
  await store?.end();
  expect(await hub?.stop()).toBe(0);
  await target?.drop();
});

describe('an apply', () => {
  it('creates the tables, releases, and Bridges pull what was signed', async () => {
    const applied = await apply(FILES);
    expect(applied.status, JSON.stringify(applied.body)).toBe(200);
    expect(applied.body.data).toMatchObject({ reused: false, ref: 'r1', plan: [{ class: 'safe', table: 'notes' }] });
    expect(applied.body.data.steps.every((step: { status: string }) => step.status === 'done')).toBe(true);
    const { releaseId } = (await asBridge('/internal/releases/current?project=shop&env=dev')).body.data;
    expect(releaseId).toBe(applied.body.data.releaseId);
    const release: SignedRelease = signedReleaseSchema.parse(
      (await asBridge(`/internal/releases/${releaseId}`)).body.data,
    );
    expect(contentHash(JSON.parse(release.content))).toBe(release.contentHash);
    const { releaseKeys } = (await asBridge('/internal/keys/shop/dev')).body.data;
    const key = releaseKeys.find((candidate: { keyId: string }) => candidate.keyId === release.signingKeyId);
    expect(isReleaseSignatureValid(key.publicKey, release)).toBe(true);
  });

  it.each([
    ['the order of files', [...FILES].reverse()],
    ['comments and line ends', [schemaFile(`# a comment\n${SCHEMA}`.replaceAll('\n', '\r\n')), permissionsFile()]],
    [
      'the style of YAML',
      [
        schemaFile(
          '{version: 1, tables: {notes: {columns: {owner: {nullable: true, type: string}, text: {type: "string"}}}}}',
        ),
        permissionsFile(),
      ],
    ],
  ])('gives the same release whatever %s', async (_, files) => {
    const before = (await asOperator('GET', `${ENV}/releases/current`)).body.data;
    const again = (await apply(files, { ref: 'r2' })).body.data;
    expect(again).toMatchObject({
      releaseId: before.releaseId,
      contentHash: before.contentHash,
      reused: true,
      plan: [],
    });
  });

  it('reports every problem of every file at once, and touches nothing', async () => {
    const before = (await asOperator('GET', `${ENV}/releases/current`)).body.data;
    const broken = await apply([
      schemaFile(SCHEMA),
      permissionsFile(
        `${PERMISSIONS}      - roles: [x]\n        condition: resource.nope == 1 +\n    delete: { roles: [a], condition: resource.tex == "x" }\n`,
      ),
    ]);
    expect([broken.status, broken.body.error.code]).toEqual([400, 'SCHEMA_VALIDATION_FAILED']);
    expect(broken.body.error.details.problems).toEqual([
      expect.objectContaining({ file: 'config/permissions.yaml', line: 8 }),
      expect.objectContaining({
        file: 'config/permissions.yaml',
        line: 9,
        message: expect.stringContaining('did you mean "text"?'),
      }),
    ]);
    expect((await asOperator('GET', `${ENV}/releases/current`)).body.data).toEqual(before);
  });

  it('refuses a destructive step until it is forced, and a plan that is not the one shown', async () => {
    const smaller = [schemaFile(SCHEMA.replace(/ {6}owner.*\n/, '')), permissionsFile('version: 1\n')];
    const refused = await apply(smaller);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'DESTRUCTIVE_CHANGE']);
    expect(refused.body.error.details.plan).toEqual([
      expect.objectContaining({ class: 'destructive', table: 'notes' }),
    ]);
    expect((await apply(smaller, { force: true, planHash: 'another' })).body.error.code).toBe('CONFLICT');
    const dry = (await apply(smaller, { dryRun: true })).body.data;
    expect(dry).toMatchObject({ releaseId: null, plan: [expect.anything()] });
    expect((await apply(smaller, { force: true, planHash: dry.planHash })).status).toBe(200);
    expect((await apply(FILES)).status).toBe(200);
  });

  it('is refused while the database differs from what is declared, naming every difference', async () => {
    const sql = postgres(target.url, { max: 1 });
    await sql`alter table notes add column extra integer`;
    const drift = await asOperator('POST', `${ENV}/schema/drift`, {});
    expect(drift.body.data.drift).toEqual([expect.objectContaining({ connection: 'main', table: 'notes' })]);
    const refused = await apply(FILES, { only: ['permissions', 'release'] });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'SCHEMA_DRIFT']);
    await sql`alter table notes drop column extra`;
    await sql.end();
    expect((await asOperator('POST', `${ENV}/schema/drift`, {})).body.data.drift).toEqual([]);
  });

  it('moves the pointer, for which Bridges wait', async () => {
    const first = await asBridge('/internal/releases/current?project=shop&env=dev');
    const etag = first.headers.get('etag') ?? '';
    expect(
      (await asBridge('/internal/releases/current?project=shop&env=dev', { headers: { 'if-none-match': etag } }))
        .status,
    ).toBe(304);
    const waiting = asBridge('/internal/releases/current?project=shop&env=dev&wait=25', {
      headers: { 'if-none-match': etag },
    });
    const applied = await apply([
      ...FILES,
      { path: 'config/auth.yaml', content: 'signup: open\ndefaultRoles: [user, tester]\n' },
    ]);
    expect((await waiting).body.data.releaseId).toBe(applied.body.data.releaseId);
  });
});

describe('end users', () => {
  const account = { project: 'shop', env: 'dev', email: 'Ann@example.com', password: 'password-1' };

  it('sign up and log in with a token that the public key verifies', async () => {
    const signup = await hub.request('POST', '/endusers/signup', { body: account });
    expect(signup.body.data).toMatchObject({
      expiresIn: 900,
      refreshToken: expect.any(String),
      user: { email: 'ann@example.com', roles: ['user', 'tester'] },
    });
    const login = (await hub.request('POST', '/endusers/login', { body: account })).body.data;
    const { tokenKeys } = (await asBridge('/internal/keys/shop/dev')).body.data;
    const key = tokenKeys.find((candidate: { kid: string }) => candidate.kid === accessTokenKid(login.accessToken));
    expect(
      await verifyAccessToken(login.accessToken, await importAccessTokenKey(key.publicKey), Date.now()),
    ).toMatchObject({ sub: login.user.id, project: 'shop', env: 'dev' });
  });

  it('hear the same of a wrong password and of an unknown account', async () => {
    const [wrong, unknown] = await Promise.all(
      [{ password: 'password-2' }, { email: 'nobody@example.com' }].map((change) =>
        hub.request('POST', '/endusers/login', { body: { ...account, ...change } }),
      ),
    );
    expect([wrong?.status, unknown?.status]).toEqual([401, 401]);
    expect(wrong?.body.error.message).toBe(unknown?.body.error.message);
  });

  it('cannot sign up twice, nor where signing up is closed', async () => {
    expect((await hub.request('POST', '/endusers/signup', { body: account })).status).toBe(409);
    await apply([...FILES, { path: 'config/auth.yaml', content: 'signup: closed\n' }]);
    expect(
      (await hub.request('POST', '/endusers/signup', { body: { ...account, email: 'b@example.com' } })).status,
    ).toBe(403);
  });
});

describe('every route', () => {
  const paths = ROUTES.map((route) => ({
    ...route,
    url: route.path
      .replace('{p}', 'shop')
      .replace('{e}', 'dev')
      .replace(/\{\w+\}/g, 'x'),
  }));

  it('names a least role', () => {
    for (const route of ROUTES)
      expect(['public', 'signedIn', 'person', 'orgAdmin', 'viewer', 'deployer', 'admin']).toContain(route.least);
  });

  it.each(paths.filter((route) => route.least !== 'public'))(
    '$name is refused without a token, and with one that is not valid',
    async ({ method, url }) => {
      for (const token of [undefined, 'stk_session_nonsense', 'x']) {
        expect((await hub.request(method, url, { token, body: method === 'GET' ? undefined : {} })).status).toBe(401);
      }
    },
  );

  it.each(paths)('$name answers nonsense with 4xx and a code', async ({ method, url }) => {
    for (const body of method === 'GET'
      ? [undefined]
      : ['{', 'null', '[]', '"x"', '{"a":1}', `{"name":"${'x'.repeat(5_000)}"}`, '{"name":"\\u0000"}']) {
      const answer = await hub.request(method, url.replace('/x', '/%00'), { token: operator, body });
      expect(
        answer.status === 200 || (answer.status >= 400 && answer.status < 500),
        `${answer.status} ${JSON.stringify(answer.body)}`,
      ).toBe(true);
    }
    operator =
      (await hub.request('POST', '/api/v1/login', { body: { email: 'op@example.com', password: PASSWORD } })).body.data
        ?.token ?? operator;
  });
});

describe('roles and secrets', () => {
  it('a token can do what its role on its project says, and no more', async () => {
    const token = async (role: string) =>
      (await asOperator('POST', '/api/v1/tokens', { name: role, project: 'shop', role })).body.data.token as string;
    const [viewer, deployer] = [await token('viewer'), await token('deployer')];
    expect((await hub.request('GET', `${ENV}/releases`, { token: viewer })).status).toBe(200);
    expect(
      (await hub.request('POST', `${ENV}/apply`, { token: viewer, body: { files: FILES, ref: 'x' } })).status,
    ).toBe(403);
    expect(
      (await hub.request('POST', `${ENV}/apply`, { token: deployer, body: { files: FILES, ref: 'x' } })).status,
    ).toBe(200);
    expect((await hub.request('GET', `${ENV}/connections`, { token: deployer })).status).toBe(403);
    expect((await hub.request('POST', '/api/v1/projects', { token: deployer, body: { name: 'more' } })).status).toBe(
      403,
    );
  });

  it('an API key is kept as a hash, listed without its secret, and gone for Bridges once revoked', async () => {
    const { key, keyId } = (await asOperator('POST', `${ENV}/apikeys`, { name: 'ci', roles: ['admin'] })).body.data;
    const known = (await asBridge('/internal/keys/shop/dev')).body.data.apiKeys;
    expect(known).toContainEqual({
      keyId,
      secretHash: createHash('sha256').update(key.split('_')[3]).digest('hex'),
      roles: ['admin'],
      expiresAt: null,
    });
    expect(JSON.stringify((await asOperator('GET', `${ENV}/apikeys`)).body)).not.toContain(key.split('_')[3]);
    expect((await asOperator('DELETE', `${ENV}/apikeys/${keyId}`)).status).toBe(200);
    expect((await asOperator('DELETE', `${ENV}/apikeys/${keyId}`)).status).toBe(404);
    expect((await asBridge('/internal/keys/shop/dev')).body.data.apiKeys).toEqual([]);
  });

  it('no password, URL or token reaches a log line, an audit entry or a table in the clear', async () => {
    const secret = 'planted-secret-4711';
    await asOperator('PUT', `${ENV}/connections/other`, {
      engine: 'postgres',
      url: `postgres://u:${secret}@127.0.0.1:1/x`,
    });
    expect((await asOperator('POST', `${ENV}/connections/other/test`, {})).status).toBe(503);
    expect(JSON.stringify((await asOperator('GET', `${ENV}/connections/other`)).body)).not.toContain(secret);
    const tables = await store`select table_name from information_schema.tables where table_schema = 'public'`;
    for (const { table_name } of tables) {
      const rows = JSON.stringify(await store`select * from ${store(table_name)}`);
      for (const text of [secret, PASSWORD, operator, 'password-1'])
        expect(rows.includes(text), `${table_name} holds ${text}`).toBe(false);
    }
    for (const text of [secret, PASSWORD, operator, SERVICE_TOKEN, 'password-1']) expect(hub.log()).not.toContain(text);
  });

  it('service tokens are wanted at every internal door', async () => {
    for (const path of [
      '/internal/targets',
      '/internal/releases/current?project=shop&env=dev',
      '/internal/keys/shop/dev',
      '/internal/connections/shop/dev',
    ]) {
      expect((await hub.request('GET', path)).status).toBe(401);
      expect((await hub.request('GET', path, { token: `${SERVICE_TOKEN}x` })).status).toBe(401);
      expect((await hub.request('GET', path, { token: 'another-token' })).status).toBe(200);
    }
    expect((await asBridge('/internal/keys/shop/nope')).status).toBe(404);
  });
});

describe('the audit log', () => {
  it('has an entry for every change', async () => {
    const seen = new Set(await actions());
    for (const action of [
      'operator.setup',
      'operator.login',
      'project.create',
      'env.create',
      'connection.set',
      'schema.apply',
      'release.create',
      'apikey.create',
      'apikey.revoke',
      'token.create',
      'enduser.signup',
      'enduser.login',
    ]) {
      expect(seen).toContain(action);
    }
    const [refused] =
      await store`select detail from audit_log where action = 'schema.apply' and detail->>'refused' = 'FORBIDDEN'`;
    expect(refused?.detail).toEqual({ refused: 'FORBIDDEN' });
  });

  it('can be added to, but neither changed nor shortened', async () => {
    for (const statement of ["update audit_log set action = 'x'", 'delete from audit_log', 'truncate audit_log']) {
      await expect(store.unsafe(statement)).rejects.toThrow();
    }
  });
});
