import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES, SHOP_WITHOUT_NOTE } from './support/shop-files.ts';

let hub: RunningHub;
beforeEach(async () => {
  hub = await RunningHub.withShop();
});
afterEach(() => hub.stop());

const columns = async () =>
  (await hub.shop`select column_name from information_schema.columns where table_name = 'books' order by 1`).map(
    (row) => row.column_name,
  );
const currentReleaseId = async () => (await hub.internal('/releases/current?project=shop&env=dev')).json.data.releaseId;

it('the same content is the same release, whatever the order of files, comments, line ends and ref', async () => {
  const first = await hub.apply(SHOP_FILES);
  expect(first.json.data).toMatchObject({ reused: false, releaseId: expect.stringMatching(/^rel_/) });
  const reversed = Object.fromEntries(Object.entries(SHOP_FILES).toReversed());
  const commented = { ...SHOP_FILES, 'schema/shop.yaml': `# a shop\n${SHOP_FILES['schema/shop.yaml']}\n# end\n` };
  const windows = Object.fromEntries(
    Object.entries(SHOP_FILES).map(([path, content]) => [path, content.replaceAll('\n', '\r\n')]),
  );
  for (const files of [SHOP_FILES, reversed, commented, windows]) {
    const again = await hub.apply(files, { ref: 'another' });
    expect(again.json.data).toMatchObject({
      reused: true,
      releaseId: first.json.data.releaseId,
      contentHash: first.json.data.contentHash,
      plan: [],
    });
  }
});

describe('a destructive step', () => {
  it('is refused with its plan, and nothing changes', async () => {
    await hub.apply(SHOP_FILES);
    const before = await currentReleaseId();
    const refused = await hub.apply(SHOP_WITHOUT_NOTE);
    expect(refused.status).toBe(409);
    expect(refused.json.error.code).toBe('DESTRUCTIVE_CHANGE');
    expect(refused.json.error.details.plan).toMatchObject([{ class: 'destructive', table: 'books' }]);
    expect(await columns()).toContain('note');
    expect(await currentReleaseId()).toBe(before);
  });

  it('is done with force', async () => {
    await hub.apply(SHOP_FILES);
    const forced = await hub.apply(SHOP_WITHOUT_NOTE, { force: true });
    expect(forced.status).toBe(200);
    expect(await columns()).not.toContain('note');
    expect(await currentReleaseId()).toBe(forced.json.data.releaseId);
  });

  it('in a protected env is forced by a project admin alone', async () => {
    await hub.apply(SHOP_FILES);
    await hub.store`update envs set protected = true`;
    const body = { files: [], ref: 'x', force: true };
    const path = 'POST /api/v1/projects/shop/envs/dev/apply';
    const refused = await hub.call(path, { token: await hub.personalToken('deployer'), body });
    expect([refused.status, refused.json.error.code]).toEqual([403, 'FORBIDDEN']);
    expect((await hub.apply(SHOP_WITHOUT_NOTE, { force: true })).status).toBe(200);
  });
});

it('with a planHash, exactly the plan that was shown is executed or nothing is', async () => {
  const shown = (await hub.apply(SHOP_FILES, { dryRun: true })).json.data.planHash;
  const other = await hub.apply(SHOP_WITH_PAGES, { planHash: shown });
  expect([other.status, other.json.error.code]).toEqual([409, 'CONFLICT']);
  expect(other.json.error.details.planHash).not.toBe(shown);
  expect(await columns()).toEqual([]);
  expect((await hub.apply(SHOP_FILES, { planHash: shown })).status).toBe(200);
});

it('a dry run shows the plan and changes nothing', async () => {
  const { data } = (await hub.apply(SHOP_FILES, { dryRun: true })).json;
  expect(data).toMatchObject({ releaseId: null, contentHash: null, reused: false });
  expect(data.plan.map((step: { class: string }) => step.class)).toEqual(data.plan.map(() => 'safe'));
  expect(data.plan.length).toBeGreaterThan(0);
  expect(await columns()).toEqual([]);
  expect(await currentReleaseId()).toBeNull();
});

it('only the schema is applied without a release when nothing else is asked for', async () => {
  const { data } = (await hub.apply(SHOP_FILES, { only: ['schema'] })).json;
  expect(data.releaseId).toBeNull();
  expect(data.steps.filter((step: { status: string }) => step.status === 'done')).toMatchObject([
    { name: 'validate' },
    { name: 'plan' },
    { name: 'schema' },
  ]);
  expect(await columns()).toContain('title');
  expect(await currentReleaseId()).toBeNull();
});

it('drift blocks a release and names every difference', async () => {
  await hub.apply(SHOP_FILES);
  const before = await currentReleaseId();
  await hub.shop`alter table books add column stray text`;
  await hub.shop`alter table books alter column stock drop default`;
  await hub.shop`alter table books alter column note set not null`;
  const refused = await hub.apply(SHOP_FILES, { only: ['permissions', 'release'] });
  expect([refused.status, refused.json.error.code]).toEqual([409, 'SCHEMA_DRIFT']);
  const { drift } = refused.json.error.details;
  for (const name of ['stray', 'stock', 'note']) expect(JSON.stringify(drift)).toContain(name);
  expect(drift).toHaveLength(3);
  const asked = await hub.call('POST /api/v1/projects/shop/envs/dev/schema/drift', { body: {} });
  expect(asked.json.data.drift).toEqual(drift);
  expect(await currentReleaseId()).toBe(before);
});

it('all problems of all files are listed at once, each with its position', async () => {
  const refused = await hub.apply({
    'schema/shop.yaml': 'version: 1\ntables:\n  books:\n    columns:\n      a: { type: odd }\n      b: { type: foo }\n',
    'config/auth.yaml': 'signup: maybe\n',
  });
  expect([refused.status, refused.json.error.code]).toEqual([400, 'SCHEMA_VALIDATION_FAILED']);
  expect(refused.json.error.details.problems).toMatchObject([
    { file: 'config/auth.yaml', line: 1, column: 9 },
    { file: 'schema/shop.yaml', line: 5, column: 18 },
    { file: 'schema/shop.yaml', line: 6, column: 18 },
  ]);
  expect(await columns()).toEqual([]);
});

it('of two applies of one env at once, none is lost and none is half done', async () => {
  const answers = await Promise.all([hub.apply(SHOP_FILES), hub.apply(SHOP_FILES)]);
  const statuses = answers.map((answer) => answer.status).toSorted();
  expect([
    [200, 200],
    [200, 409],
  ]).toContainEqual(statuses);
  expect(await columns()).toContain('title');
});

it('what was done before a step failed is in the audit log, and the next apply does the rest', async () => {
  await hub.apply(SHOP_FILES);
  await hub.shop`insert into books (id, title) values ('a', 'same'), ('b', 'same')`;
  const schema = SHOP_WITH_PAGES['schema/shop.yaml'].replace('maxLength: 200', 'maxLength: 200, unique: true');
  const files = { ...SHOP_WITH_PAGES, 'schema/shop.yaml': schema };
  const failed = await hub.apply(files, { force: true });
  expect([failed.status, failed.json.error.code]).toEqual([409, 'CONFLICT']);
  const [entry] = await hub.store`
    select detail from audit_log where action = 'schema.apply' and detail ? 'failed' order by seq desc limit 1`;
  expect(entry?.detail).toMatchObject({ failed: 'CONFLICT', steps: [expect.stringContaining('pages')] });
  await hub.shop`delete from books where id = 'b'`;
  const again = await hub.apply(files, { force: true });
  expect(again.json.data.plan).toHaveLength(1);
});

it('what the user of the connection may not do is no failure of the Hub', async () => {
  await hub.apply(SHOP_FILES);
  const role = `reader_${Date.now()}`;
  await hub.shop.unsafe(`create role ${role} login password 'reader'`);
  const url = Object.assign(new URL(hub.shopUrl), { username: role, password: 'reader' });
  const path = '/api/v1/projects/shop/envs/dev/connections/main';
  await hub.must(`PUT ${path}`, { body: { engine: 'postgres', url: String(url) } });
  for (const files of [SHOP_WITHOUT_NOTE, SHOP_WITH_PAGES]) {
    const refused = await hub.apply(files, { force: true });
    expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
    expect(refused.text).not.toContain('reader:');
  }
  await hub.shop.unsafe(`drop role ${role}`);
});
