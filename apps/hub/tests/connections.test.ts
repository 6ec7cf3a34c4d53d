import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

const CONNECTIONS = '/api/v1/projects/shop/envs/dev/connections';
let hub: RunningHub;
/** Takes connections and says nothing. */
let mute: Server;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
});
afterAll(async () => {
  mute.close();
  await hub.stop();
});

it('a database that answers is reported with its version', async () => {
  const { data } = (await hub.must(`POST ${CONNECTIONS}/main/test`)).json;
  expect(data).toEqual({ ok: true, serverVersion: expect.stringMatching(/^\d+/), latencyMs: expect.any(Number) });
});

it.each([
  { case: 'a wrong password', change: { password: 'hidden' }, says: 'user or password refused' },
  { case: 'a database that is not there', change: { pathname: '/hidden' }, says: 'there is no such database' },
  { case: 'a port where nothing listens', change: { port: '1', password: 'hidden' }, says: 'connection refused' },
  {
    case: 'a server that says nothing',
    change: { port: 'mute', password: 'hidden' },
    says: 'no answer within 5 seconds',
  },
])('$case is told in words that hold nothing of the URL', async ({ change, says }) => {
  const url = Object.assign(new URL(hub.shopUrl), change);
  if (change.port === 'mute') url.port = String((mute.address() as AddressInfo).port);
  await hub.must(`PUT ${CONNECTIONS}/other`, { body: { engine: 'postgres', url: String(url) } });
  const startedMs = performance.now();
  const tested = await hub.call(`POST ${CONNECTIONS}/other/test`);
  expect([tested.status, tested.json.error.message]).toEqual([
    503,
    `The database of the connection "other" cannot be reached: ${says}`,
  ]);
  expect(tested.text).not.toContain('hidden');
  expect(performance.now() - startedMs).toBeLessThan(5_900);
});

it('a URL that is none is refused when it is set', async () => {
  for (const url of ['not a url', 'mysql://u:p@h/d', 'postgres://']) {
    const refused = await hub.call(`PUT ${CONNECTIONS}/other`, { body: { engine: 'postgres', url } });
    expect([refused.status, refused.json.error.code]).toEqual([400, 'BAD_REQUEST']);
  }
});

it('a connection is shown with where it leads and as whom, without its password', async () => {
  const { password, port, username } = new URL(hub.shopUrl);
  const shown = await hub.must(`GET ${CONNECTIONS}/main`);
  expect(shown.json.data).toMatchObject({ name: 'main', engine: 'postgres', port: Number(port), user: username });
  expect(shown.text).not.toContain(password);
});
