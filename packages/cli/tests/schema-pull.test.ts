import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

it('stk schema pull counts in words what it wrote, and says what it left out', async () => {
  const pulled = {
    tables: ['album'],
    skipped: [
      { table: 'album', reason: 'its foreign key box (a, b) has several columns' },
      { table: 'log', reason: 'it has no primary key' },
    ],
    files: [{ path: 'schema/album.yaml', content: 'version: 1\ntables: {}\n' }],
  };
  const pull = 'POST /api/v1/projects/shop/envs/dev/schema/pull';
  const hub = await startHubServer({ [pull]: { status: 200, body: { data: pulled } } });
  const cwd = mkdtempSync(join(tmpdir(), 'stk-pull-'));
  onTestFinished(async () => {
    await hub.stop();
    rmSync(cwd, { recursive: true, force: true });
  });
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'token' };
  const { stdout } = await stk(['schema', 'pull'], { cwd, variables });
  expect(stdout.split('\n')).toEqual([
    '1 table in 1 file',
    '  schema/album.yaml',
    'left out of album: its foreign key box (a, b) has several columns',
    'skipped log: it has no primary key',
    '',
  ]);
});
