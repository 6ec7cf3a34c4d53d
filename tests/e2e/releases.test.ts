import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const SCHEMA = 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n';
const permissions = (columns: string) =>
  `version: 1\ntables:\n  notes:\n    select: { roles: [admin], columns: [${columns}] }\n    insert: { roles: [admin] }\n`;

interface Release {
  readonly releaseId: string;
  readonly current: boolean;
}

let dir: string;
let stack: DevStack;
const cli = () => ({ cwd: dir, env: stack.env });
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
};
const call = (operation: string, params: object) =>
  callBridge(stack.ready.bridgeUrl, `db/notes/${operation}`, params, { apiKey: stack.ready.apiKey });
/** The columns that the Bridge shows now. */
const shown = async () => {
  const { body } = await call('select', {});
  return Object.keys((body as { data: object[] }).data[0] ?? {}).toSorted();
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-releases-'));
  await write('schema/notes.yaml', SCHEMA);
  await write('config/permissions.yaml', permissions('id, text'));
  stack = await startDevStack(dir, ['--no-watch']);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

it('a release is compared, verified and rolled back, and the Bridge serves what is current', async () => {
  const before = stack.ready.releaseId;
  expect((await call('insert', { data: { text: 'a' } })).status).toBe(200);
  await write('config/permissions.yaml', permissions('id'));
  const { releaseId: after } = await stkJson<Release>(['apply', '--only', 'permissions'], cli());
  await expect.poll(shown, { timeout: 10_000 }).toEqual(['id']);

  const compared = await stk(['release', 'compare', before], cli());
  expect([compared.code, compared.stderr]).toEqual([0, '']);
  expect(compared.stdout).toContain('tables/notes/select/0/columns');
  expect(await stkJson(['release', 'verify', after], cli())).toMatchObject({ releaseId: after, valid: true });

  expect(await stkJson(['release', 'rollback', before], cli())).toMatchObject({ releaseId: before, current: true });
  await expect.poll(shown, { timeout: 10_000 }).toEqual(['id', 'text']);
  const { items } = await stkJson<{ items: Release[] }>(['release', 'list'], cli());
  expect(items).toMatchObject([
    { releaseId: after, current: false },
    { releaseId: before, current: true },
  ]);
}, 120_000);

it('a release is promoted to an env whose database has its schema, and to no other', async () => {
  const url = new URL(stack.ready.databaseUrl);
  const admin = postgres(url.href, { max: 1 });
  await admin`create database promoted`;
  await admin.end();
  url.pathname = '/promoted';
  await stkJson(['env', 'create', 'prod'], cli());
  await stkJson(['connections', 'set', 'main', '--env', 'prod', '--db-url', url.href], cli());

  const promote = ['release', 'promote', '--from', 'dev', '--to', 'prod'];
  const refused = await stk(promote, cli());
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('main/notes')]);
  await stkJson(['apply', '--only', 'schema', '--env', 'prod'], cli());
  const current = await stkJson<Release>(['release', 'current'], cli());
  expect(await stkJson(promote, cli())).toMatchObject({ releaseId: current.releaseId, previousReleaseId: null });
  expect(await stkJson(['release', 'current', '--env', 'prod'], cli())).toMatchObject({ ...current, current: true });
}, 120_000);
