import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES } from './support/shop-files.ts';

const PROD = '/api/v1/projects/shop/envs/prod';
const DEV = '/api/v1/projects/shop/envs/dev';
/** The first files with another rule. */
const OTHER_RULES = {
  ...SHOP_FILES,
  'config/permissions.yaml': SHOP_FILES['config/permissions.yaml'].replace('[public]', '[staff, clerk]'),
};
let hub: RunningHub;
let prodDatabase: TestDatabase;
let prod: postgres.Sql;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  prodDatabase = await createTestDatabase();
  prod = postgres(prodDatabase.url, { max: 1, onnotice: () => undefined });
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
  await hub.must(`PUT ${PROD}/connections/main`, { body: { engine: 'postgres', url: prodDatabase.url } });
});
beforeEach(async () => {
  await hub.store`update envs set current_release_id = null`;
  await hub.store`truncate releases, env_releases, applied_schemas`;
  for (const database of [hub.shop, prod]) await database`drop table if exists books`;
});
afterAll(async () => {
  await prod.end();
  await hub.stop();
  await prodDatabase.drop();
});

const released = async (files: Readonly<Record<string, string>>): Promise<string> =>
  (await hub.apply(files)).json.data.releaseId;
const applySchemaToProd = (files: Readonly<Record<string, string>>) =>
  hub.must(`POST ${PROD}/apply`, {
    body: { files: Object.entries(files).map(([path, content]) => ({ path, content })), ref: 'x', only: ['schema'] },
  });
const promote = (body: object = {}) => hub.call(`POST ${PROD}/releases/promote`, { body: { from: 'dev', ...body } });
const rollback = (releaseId: string) => hub.call(`POST ${DEV}/releases/rollback`, { body: { releaseId } });
const served = async (env: string) =>
  (await hub.internal(`/releases/current?project=shop&env=${env}`)).json.data.releaseId;
const lastEntry = async () =>
  (await hub.store`select action, env, detail from audit_log order by seq desc limit 1`)[0] ?? {};

describe('promote', () => {
  it('makes what is current elsewhere current here, once the databases have its schema', async () => {
    const releaseId = await released(SHOP_FILES);
    await applySchemaToProd(SHOP_FILES);
    const { status, json } = await promote();
    expect([status, json.data]).toMatchObject([
      200,
      { releaseId, ref: 'test', current: true, previousReleaseId: null },
    ]);
    expect(await served('prod')).toBe(releaseId);
    expect(await lastEntry()).toMatchObject({
      action: 'release.promote',
      env: 'prod',
      detail: { from: 'dev', releaseId, before: null, contentHash: json.data.contentHash, contentHashBefore: null },
    });
    expect((await hub.must(`GET ${PROD}/releases`)).json.data.items).toMatchObject([{ releaseId, current: true }]);
  });

  it('takes an older release that the other env once had, and no release that it never had', async () => {
    const older = await released(SHOP_FILES);
    const newer = await released(OTHER_RULES);
    await applySchemaToProd(SHOP_FILES);
    expect((await promote({ releaseId: older })).json.data.releaseId).toBe(older);
    expect((await promote({ releaseId: newer })).json.data.previousReleaseId).toBe(older);
    expect((await promote({ releaseId: 'rel_none' })).status).toBe(404);
    expect((await promote({ from: 'nowhere' })).status).toBe(404);
    expect(await served('prod')).toBe(newer);
  });

  it('is refused with every difference where the databases are not as the release says', async () => {
    await released(SHOP_WITH_PAGES);
    await applySchemaToProd(SHOP_FILES);
    await prod`alter table books alter column stock drop default`;
    const { status, json } = await promote();
    expect([status, json.error.code]).toEqual([409, 'SCHEMA_DRIFT']);
    expect(json.error.details.drift).toHaveLength(2);
    for (const name of ['pages', 'stock']) expect(JSON.stringify(json.error.details.drift)).toContain(name);
    expect(await served('prod')).toBeNull();
    expect(await lastEntry()).toMatchObject({ action: 'release.promote', detail: { refused: 'SCHEMA_DRIFT' } });
  });

  it('is refused while a live Bridge is too old, unless forced; by a project admin where the env is protected', async () => {
    const releaseId = await released(SHOP_FILES);
    await applySchemaToProd(SHOP_FILES);
    await hub.store`update releases set minimum_bridge_version = '9.0.0'`;
    const target = {
      project: 'shop',
      env: 'prod',
      releaseId: null,
      state: 'EMPTY',
      connectionVersions: {},
      lastError: null,
    };
    const report = { instanceId: 'brg_old', version: '0.1.0', targets: [target] };
    await hub.must('POST /internal/reports', { token: SERVICE_TOKEN, body: report });
    const blocked = await promote();
    expect([blocked.status, blocked.json.error.code]).toEqual([409, 'RELEASE_BLOCKED']);
    expect(blocked.json.error.details.instances).toMatchObject([{ instanceId: 'brg_old' }]);
    await hub.store`update envs set protected = true where name = 'prod'`;
    const deployer = await hub.personalToken('deployer');
    const body = { from: 'dev', force: true };
    const refused = await hub.call(`POST ${PROD}/releases/promote`, { token: deployer, body });
    expect([refused.status, refused.json.error.code]).toEqual([403, 'FORBIDDEN']);
    expect((await promote({ force: true })).json.data.releaseId).toBe(releaseId);
    await hub.store`update envs set protected = false`;
    await hub.store`truncate bridge_reports`;
  });

  it.each([
    ['to itself', { from: 'prod' }, 400],
    ['from an env without a release', {}, 404],
    ['with a key that is none', { form: 'dev' }, 400],
    ['with an id that is none', { releaseId: "'; drop" }, 400],
  ])('%s is refused', async (_what, body, status) => {
    expect((await promote(body)).status).toBe(status);
  });
});

describe('rollback', () => {
  it('makes the release current again that was so before, and back', async () => {
    const older = await released(SHOP_FILES);
    const newer = await released(OTHER_RULES);
    expect((await rollback(older)).json.data).toMatchObject({
      releaseId: older,
      current: true,
      previousReleaseId: newer,
    });
    expect(await served('dev')).toBe(older);
    expect(await lastEntry()).toMatchObject({
      action: 'release.rollback',
      detail: { releaseId: older, before: newer },
    });
    const { items } = (await hub.must(`GET ${DEV}/releases`)).json.data;
    expect(items).toMatchObject([
      { releaseId: newer, current: false },
      { releaseId: older, current: true },
    ]);
    expect((await rollback(newer)).status).toBe(200);
  });

  it('stops where the databases moved on, and names every difference', async () => {
    const older = await released(SHOP_FILES);
    const newer = await released(SHOP_WITH_PAGES);
    const { status, json } = await rollback(older);
    expect([status, json.error.code]).toEqual([409, 'SCHEMA_DRIFT']);
    expect(json.error.message).toContain(older);
    expect(json.error.details.drift).toMatchObject([{ connection: 'main', table: 'books' }]);
    expect(await served('dev')).toBe(newer);
  });

  it('knows only releases of this env', async () => {
    const releaseId = await released(SHOP_FILES);
    const elsewhere = await hub.call(`POST ${PROD}/releases/rollback`, { body: { releaseId } });
    expect([elsewhere.status, elsewhere.json.error.code]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('verify', () => {
  const verify = async (releaseId: string) => (await hub.must(`GET ${DEV}/releases/${releaseId}/verify`)).json.data;

  it('finds a release as it was made', async () => {
    const releaseId = await released(SHOP_FILES);
    const { contentHash, ...rest } = await verify(releaseId);
    expect(rest).toMatchObject({ releaseId, valid: true, signature: { valid: true } });
    expect(contentHash.computed).toBe(contentHash.stored);
  });

  it.each(['\\', '\t'])('finds it so with the name %j in a default, which the database has as it is', async (name) => {
    const value = JSON.stringify({ a: 5, [name]: 6, b: [{ c: 1, [name]: 2 }] });
    const column = `      marks: { type: json, default: ${value.replaceAll(':', ': ')} }\n`;
    const files = { ...SHOP_FILES, 'schema/shop.yaml': `${SHOP_FILES['schema/shop.yaml']}${column}` };
    expect((await verify(await released(files))).valid).toBe(true);
    await hub.shop`insert into books (id, title) values (gen_random_uuid(), 'x')`;
    const [row] = await hub.shop`select marks = ${value}::text::jsonb as same from books`;
    expect(row?.same).toBe(true);
    expect((await hub.apply(files)).status).toBe(200);
  });

  it.each([
    ['content', "content = replace(content, 'public', 'nobody')", false, true],
    ['content that is no JSON', "content = 'x' || content", false, true],
    ['hash', "content_hash = 'sha256:00'", false, false],
    ['signature', "signature = 'AAAA'", true, false],
  ])(
    'says what of a changed %s fails, and such a release is never made current',
    async (_what, set, hash, signature) => {
      const older = await released(SHOP_FILES);
      const newer = await released(OTHER_RULES);
      await hub.store.unsafe(`update releases set ${set} where id = '${older}'`);
      const verification = await verify(older);
      expect(verification.valid).toBe(false);
      expect([verification.contentHash.valid, verification.signature.valid]).toEqual([hash, signature]);
      const refused = await rollback(older);
      expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
      expect(await served('dev')).toBe(newer);
    },
  );
});

describe('compare', () => {
  const compare = async (from: string, to: string) =>
    (await hub.call(`GET /api/v1/projects/shop/releases/${from}/compare/${to}`)).json;

  it('tells section by section what differs between releases or envs', async () => {
    const older = await released(SHOP_FILES);
    await applySchemaToProd(SHOP_FILES);
    await promote();
    const newer = await released({
      ...SHOP_WITH_PAGES,
      'config/permissions.yaml': OTHER_RULES['config/permissions.yaml'],
    });
    const { data } = await compare('prod', newer);
    expect(data).toMatchObject({
      from: { releaseId: older, env: 'prod' },
      to: { releaseId: newer, env: null },
      same: false,
    });
    expect(data.sections.map(({ section }: { section: string }) => section)).toEqual([
      'formatVersion',
      'connections',
      'schema',
      'permissions',
      'auth',
      'limits',
    ]);
    const differences = Object.fromEntries(
      data.sections.map(({ section, differences: list }: { section: string; differences: unknown[] }) => [
        section,
        list,
      ]),
    );
    expect(differences).toMatchObject({
      schema: [{ path: '/schema/books/columns/pages', change: 'added', after: { type: 'int', nullable: true } }],
      permissions: [
        {
          path: '/permissions/tables/books/select/0/roles',
          change: 'changed',
          before: ['public'],
          after: ['clerk', 'staff'],
        },
      ],
      auth: [],
    });
    expect((await compare('dev', newer)).data.same).toBe(true);
  });

  it.each(['rel_none', 'nowhere'])('does not find %s', async (named) => {
    const releaseId = await released(SHOP_FILES);
    expect((await compare(releaseId, named)).error.code).toBe('NOT_FOUND');
  });

  it('finds no release of another project', async () => {
    const releaseId = await released(SHOP_FILES);
    await hub.must('POST /api/v1/projects', { body: { name: 'other' } });
    const { status } = await hub.call(`GET /api/v1/projects/other/releases/${releaseId}/compare/${releaseId}`);
    expect(status).toBe(404);
  });
});

it('the OpenAPI document tells the routes of releases', async () => {
  const { status, json } = await hub.call('GET /openapi.json', { token: '' });
  expect(status).toBe(200);
  expect(Object.keys(json.paths)).toContain('/api/v1/projects/{p}/releases/{from}/compare/{to}');
});

it('a promotion to an env without the connections is refused by their names', async () => {
  await released(SHOP_FILES);
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'bare' } });
  const { status, json } = await hub.call('POST /api/v1/projects/shop/envs/bare/releases/promote', {
    body: { from: 'dev' },
  });
  expect([status, json.error.details]).toEqual([400, { missing: ['main'] }]);
});
