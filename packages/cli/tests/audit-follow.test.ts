import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';

const launcher = fileURLToPath(new URL('../bin/stk.mjs', import.meta.url));
const entry = (id: string) => ({
  id,
  ts: '2026-01-02T03:04:05.000Z',
  actorId: null,
  actorType: 'system',
  action: 'audit.prune',
  project: null,
  env: null,
  detail: {},
  ip: null,
  requestId: null,
  traceId: null,
});
const ok = (...ids: string[]) => ({ status: 200, body: { data: { items: ids.map(entry) } } });

it('stk audit log --follow prints what is there and what comes in, oldest first, until it is interrupted', async () => {
  const path = 'GET /api/v1/projects/shop/audit';
  const hub = await startHubServer({
    [`${path}?limit=10`]: ok('aud_2', 'aud_1'),
    [`${path}?limit=1000&after=aud_2`]: ok('aud_4', 'aud_3'),
    [`${path}?limit=1000&after=aud_4`]: ok(),
  });
  const env = { PATH: process.env.PATH, STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_TOKEN: 'x' };
  const args = [launcher, 'audit', 'log', '--follow', '--json'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    seen.push((JSON.parse(line) as { id: string }).id);
    if (seen.length === 4) child.kill('SIGINT');
  }
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  expect([seen, code]).toEqual([['aud_1', 'aud_2', 'aud_3', 'aud_4'], 0]);
  await hub.stop();
});
