import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES, SHOP_WITHOUT_NOTE } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
beforeEach(async () => {
  await hub.store`update envs set current_release_id = null`;
  await hub.store`truncate releases, env_releases, applied_schemas`;
  await hub.shop`drop table if exists books, volumes`;
});
afterAll(() => hub.stop());

/** Everything but the schema is another. */
const CHANGED = {
  ...SHOP_WITH_PAGES,
  'config/permissions.yaml': 'version: 1\ntables:\n  books:\n    select: { roles: [staff] }\n',
  'config/auth.yaml': 'signup: closed\n',
};
const content = async (releaseId: string) =>
  JSON.parse((await hub.internal(`/releases/${releaseId}`)).json.data.content);
const actions = async () =>
  (
    await hub.store`select action from audit_log where request_id = (
    select request_id from audit_log order by seq desc limit 1) order by seq`
  ).map(({ action }) => action);
const released = async (only?: string[], files: Readonly<Record<string, string>> = CHANGED) => {
  const { json } = await hub.apply(files, only === undefined ? {} : { only });
  return content(json.data.releaseId);
};

it('permissions alone are released over all else that is released, and the database is left as it is', async () => {
  const before = await released(undefined, SHOP_FILES);
  const after = await released(['permissions']);
  expect(after.permissions.tables.books).toEqual({ select: [{ roles: ['staff'] }] });
  expect(after).toEqual({ ...before, permissions: after.permissions });
  expect(await actions()).toEqual(['permissions.apply']);
  const columns = await hub.shop`select from information_schema.columns where column_name = 'pages'`;
  expect(columns).toHaveLength(0);
});

it('permissions that need a schema which is not released are refused, each with its place', async () => {
  await released(undefined, SHOP_FILES);
  const rule = 'select: { roles: [staff], condition: resource.pages == 1 }';
  const files = { ...CHANGED, 'config/permissions.yaml': `version: 1\ntables:\n  books:\n    ${rule}\n` };
  const { status, json } = await hub.apply(files, { only: ['permissions'] });
  expect([status, json.error.code]).toEqual([400, 'SCHEMA_VALIDATION_FAILED']);
  expect(json.error.details.problems).toMatchObject([{ file: 'config/permissions.yaml', line: 4 }]);
});

it('permissions alone are refused where the database is not as the release says', async () => {
  await released(undefined, SHOP_FILES);
  await hub.shop`alter table books drop column note`;
  const { status, json } = await hub.apply(CHANGED, { only: ['permissions'] });
  expect([status, json.error.code]).toEqual([409, 'SCHEMA_DRIFT']);
});

it('schema and permissions leave the rest of the release as it is', async () => {
  const before = await released(undefined, SHOP_FILES);
  const after = await released(['schema', 'permissions']);
  expect(after.schema.books.columns).toHaveProperty('pages');
  expect(after.permissions.tables.books).toEqual({ select: [{ roles: ['staff'] }] });
  expect(after.auth).toEqual(before.auth);
  expect(await actions()).toEqual(['schema.apply', 'permissions.apply']);
});

it('a release alone is of all files and changes no database', async () => {
  expect((await hub.apply(CHANGED, { only: ['release'] })).json.error.code).toBe('SCHEMA_DRIFT');
  await hub.apply(CHANGED, { only: ['schema'] });
  expect(await actions()).toEqual(['schema.apply']);
  const after = await released(['release']);
  expect(after.auth.signup).toBe('closed');
  expect(after.permissions.tables.books).toEqual({ select: [{ roles: ['staff'] }] });
  expect(await actions()).toEqual(['release.create']);
});

it('permissions of an env that has no release yet come with the rest of the files', async () => {
  await hub.apply(CHANGED, { only: ['schema'] });
  expect((await released(['permissions'])).auth.signup).toBe('closed');
});

describe('the schema alone', () => {
  const schema = (change: (text: string) => string) => ({
    ...SHOP_FILES,
    'schema/shop.yaml': change(SHOP_FILES['schema/shop.yaml']),
  });
  const RENAMED = schema((text) => text.replace('note: { type: string,', 'remark: { type: string, renamedFrom: note,'));
  const OTHER_TABLE = schema((text) => text.replace('  books:\n', '  volumes:\n    renamedFrom: books\n'));
  const withoutRules = (files: Readonly<Record<string, string>>) => ({
    ...files,
    'config/permissions.yaml': 'version: 1\ntables: {}\n',
  });

  it.each([
    ['a column that is renamed', RENAMED, 'books.note'],
    ['a column that is dropped', SHOP_WITHOUT_NOTE, 'books.note'],
    ['a table that is renamed', withoutRules(OTHER_TABLE), 'books'],
  ])('is refused where the release in force serves %s, unless forced', async (_, files, broken) => {
    const before = (await hub.apply(SHOP_FILES)).json.data.releaseId;
    const { status, json } = await hub.apply(files, { only: ['schema'] });
    expect([status, json.error.code, json.error.details.breaks]).toEqual([409, 'RELEASE_BLOCKED', [broken]]);
    expect(json.error.message).toContain(`serves ${broken},`);
    expect((await hub.apply(SHOP_FILES)).json.data).toMatchObject({ plan: [], releaseId: before });
    const { warnings } = (await hub.apply(files, { only: ['schema'], dryRun: true })).json.data;
    expect(warnings).toContainEqual(expect.stringContaining(`serves ${broken},`));
    expect((await hub.apply(files, { only: ['schema'], force: true })).status).toBe(200);
  });

  it('is applied where no release serves what it takes', async () => {
    await hub.apply(SHOP_FILES, { only: ['schema'] });
    expect((await hub.apply(RENAMED, { only: ['schema'] })).status).toBe(200);
    await hub.apply(RENAMED);
    expect(
      (
        await hub.apply(
          schema((text) =>
            `${text}      pages: { type: int, nullable: true }\n`.replace(
              'note: { type: string,',
              'remark: { type: string,',
            ),
          ),
          { only: ['schema'] },
        )
      ).status,
    ).toBe(200);
  });
});
