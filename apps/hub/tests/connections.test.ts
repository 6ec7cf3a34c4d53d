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

/** The case is what is changed in a URL that works. */
it.each([
  ['a user that is not let in', { username: 'hidden' }, /user( or password)? refused$/],
  ['a database that is not there', { pathname: '/hidden' }, /there is no such database$/],
  ['a port where nothing listens', { port: '1', password: 'hidden' }, /connection refused$/],
  ['a server that says nothing', { port: 'mute', password: 'hidden' }, /no answer within 5 seconds$/],
])(
  '%s is told in words that hold nothing of the URL',
  async (_, change: { port?: string; username?: string; pathname?: string }, says) => {
    const url = Object.assign(new URL(hub.shopUrl), change);
    if (change.port === 'mute') url.port = String((mute.address() as AddressInfo).port);
    await hub.must(`PUT ${CONNECTIONS}/other`, { body: { engine: 'postgres', url: String(url) } });
    const startedMs = performance.now();
    const tested = await hub.call(`POST ${CONNECTIONS}/other/test`);
    expect(tested.status).toBe(503);
    expect(tested.json.error.message).toMatch(says);
    expect(tested.text).not.toContain('hidden');
    expect(performance.now() - startedMs).toBeLessThan(5_900);
  },
);

it('a URL that is none is refused when it is set', async () => {
  for (const url of ['not a url', 'mysql://u:p@h/d', 'postgres://']) {
    const refused = await hub.call(`PUT ${CONNECTIONS}/other`, { body: { engine: 'postgres', url } });
    expect([refused.status, refused.json.error.code]).toEqual([400, 'BAD_REQUEST']);
  }
});

it('a connection is shown with where it leads and as whom, without its password', async () => {
  const url = 'postgres://ann:hidden@db.example.com:5433/shop';
  const answers = [
    await hub.must(`PUT ${CONNECTIONS}/far`, { body: { engine: 'postgres', url } }),
    await hub.must(`GET ${CONNECTIONS}/far`),
    await hub.must(`GET ${CONNECTIONS}`),
  ];
  for (const { text } of answers) {
    expect(text).toContain('"host":"db.example.com","port":5433,"database":"shop","user":"ann"');
    expect(text).not.toContain('hidden');
  }
});
