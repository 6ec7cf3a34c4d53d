import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProgram } from './support/bridge-program.ts';
import { BRIDGE_TOKEN } from './support/hub-protocol.ts';
import { Stage, until } from './support/stage.ts';

const stage = new Stage();
beforeAll(() => stage.open());
afterAll(() => stage.close());

const working = () => ({
  STK_HUB_URL: stage.hub.url,
  STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
  STK_BRIDGE_TARGETS: 'shop/dev',
  STK_BRIDGE_HOST: '127.0.0.1',
  STK_BRIDGE_PORT: '0',
});

it('every problem of the environment is said at once, and no value', async () => {
  const { output, ended } = startProgram({
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
  const { output, ended } = startProgram({ ...working(), STK_BRIDGE_PORT: port });
  expect(await ended).toBe(1);
  expect(output.text).toMatch(/STK_BRIDGE_PORT\) is taken\n$/);
  other.close();
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends the process with 0 once it is done', async (signal) => {
  const { child, output, ended } = startProgram(working());
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
