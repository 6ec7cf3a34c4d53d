import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const ALBUM = 'version: 1\ntables:\n  album:\n    columns:\n      title: { type: string }\n';
const PULLED = {
  tables: ['album'],
  skipped: [
    { table: 'album', reason: 'its foreign key box (a, b) has several columns' },
    { table: 'log', reason: 'it has no primary key' },
  ],
  files: [{ path: 'schema/album.yaml', content: ALBUM }],
};

/** Pulls into a folder that has these files under `schema/`. */
async function pull(present: Readonly<Record<string, string>>, ...flags: string[]) {
  const hub = await startHubServer({
    'POST /api/v1/projects/shop/envs/dev/schema/pull': { status: 200, body: { data: PULLED } },
  });
  const cwd = mkdtempSync(join(tmpdir(), 'stk-pull-'));
  onTestFinished(async () => {
    await hub.stop();
    rmSync(cwd, { recursive: true, force: true });
  });
  const schema = join(cwd, 'schema');
  mkdirSync(schema);
  for (const [name, content] of Object.entries(present)) writeFileSync(join(schema, name), content);
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'token' };
  const ended = await stk(['schema', 'pull', ...flags], { cwd, variables });
  const files = readdirSync(schema).map((name) => [name, readFileSync(join(schema, name), 'utf8')]);
  return { ...ended, files: Object.fromEntries(files) as Record<string, string> };
}

it('stk schema pull counts in words what it wrote, and says what it left out', async () => {
  const { stdout } = await pull({});
  expect(stdout.split('\n')).toEqual([
    '1 table in 1 file',
    '  schema/album.yaml',
    'left out of album: its foreign key box (a, b) has several columns',
    'skipped log: it has no primary key',
    '',
  ]);
});

it('stk schema pull updates a table in the file that declares it, once that is confirmed', async () => {
  const shop =
    'version: 1\ntables:\n  album:\n    columns:\n      name: { type: string }\n  shelf:\n    columns:\n      place: { type: string }\n';
  const refused = await pull({ 'shop.yaml': shop });
  expect(refused).toMatchObject({ exitCode: 3, files: { 'shop.yaml': shop } });
  expect(refused.stderr).toContain('This file differs from the database: schema/shop.yaml');
  const { exitCode, stdout, files } = await pull({ 'shop.yaml': shop }, '--force');
  expect([exitCode, files]).toEqual([0, { 'shop.yaml': shop.replace('name', 'title') }]);
  expect(stdout).toContain('1 table in 1 file\n  schema/shop.yaml\n');
});

it('stk schema pull writes nothing where a table would be declared twice, and says where it is declared', async () => {
  const other = ALBUM.replace('album:', 'records:\n    nativeName: album');
  const { exitCode, stderr, files } = await pull({ 'shop.yaml': other }, '--force');
  expect([exitCode, files]).toEqual([1, { 'shop.yaml': other }]);
  expect(stderr).toContain('schema/shop.yaml:1:1: Table "records" is main.public.album here');
});
