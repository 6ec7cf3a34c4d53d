import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BRIDGE_TOKEN } from './support/hub-protocol.ts';
import { Stage, until } from './support/stage.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const stage = new Stage();
beforeAll(() => stage.open());
afterAll(() => stage.close());

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...env } });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk;
    });
  return { child, output, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

const working = () => ({
  STK_HUB_URL: stage.hub.url,
  STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
  STK_BRIDGE_TARGETS: 'shop/dev',
  STK_BRIDGE_HOST: '127.0.0.1',
  STK_BRIDGE_PORT: '0',
});

it('every problem of the environment is said at once, and no value', async () => {
  const { output, ended } = start({
    STK_HUB_URL: 'ftp://s3cret',
    STK_BRIDGE_POLL_INTERVAL: 'soon',
    STK_DISABLE_AUTH: 'true',
  });
  expect(await ended).toBe(1);
  for (const name of ['STK_HUB_URL', 'STK_BRIDGE_TOKEN', 'STK_BRIDGE_POLL_INTERVAL', 'STK_DISABLE_AUTH'])
    expect(output.text).toContain(name);
  expect(output.text).not.toMatch(/s3cret|\n\s+at /);
});

it('a port that is taken is said in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = String((other.address() as { port: number }).port);
  const { output, ended } = start({ ...working(), STK_BRIDGE_PORT: port });
  expect(await ended).toBe(1);
  expect(output.text).toMatch(/STK_BRIDGE_PORT\) is taken\n$/);
  other.close();
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends the process with 0 once it is done', async (signal) => {
  const { child, output, ended } = start(working());
  await until(() => output.text.includes('Release loaded'));
  const port = /"port":(\d+)/.exec(output.text)?.[1];
  const body = JSON.stringify({ data: { author_id: 'ann', title: 'x' } });
  const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stage.admin.key };
  const slow = fetch(`http://127.0.0.1:${port}/call/db/slow_posts/insert`, { method: 'POST', headers, body });
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill(signal);
  expect((await slow).status).toBe(200);
  expect(await ended).toBe(0);
});
