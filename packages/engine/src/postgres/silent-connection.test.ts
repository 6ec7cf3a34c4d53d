import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { parseConnectionUrl } from './connection-url.ts';

const CONNECTIONS = 4;
const LIMIT_MS = 500;

let test: TestDatabase;
let proxyUrl: string;
const sockets = new Set<Socket>();
/** Those whose packets all get lost, as when a host dies without a word. */
const silent = new Set<Socket>();
const proxy = createServer((client) => {
  const { host, port } = parseConnectionUrl(test.url);
  const server = dial(port, host);
  sockets.add(client).add(server);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => {});
    from.on('close', () => to.destroy());
    from.on('data', (bytes) => {
      if (!silent.has(client)) to.write(bytes);
    });
  }
});

beforeAll(async () => {
  test = await createTestDatabase();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(test.url);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  proxyUrl = url.href;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await test.drop();
});

it('connections that have gone silent are given up with the first statements on them, and not used again', async () => {
  const database = connect({ url: proxyUrl, poolMax: CONNECTIONS, statementTimeoutMs: LIMIT_MS });
  const outcomes = (text: string) =>
    Promise.all(
      Array.from({ length: 2 * CONNECTIONS }, () =>
        database.query(text, []).then(
          () => 'answered',
          ({ code }: { code: string }) => code,
        ),
      ),
    );
  expect(new Set(await outcomes('select pg_sleep(0.05)'))).toEqual(new Set(['answered']));
  for (const socket of sockets) silent.add(socket);
  const lost = new Set(await outcomes('select 1'));
  expect([...lost].filter((code) => code !== 'QUERY_TIMEOUT' && code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
  // In the moment until the driver has noticed, one more may be lost.
  await expect.poll(async () => new Set(await outcomes('select 1')), { timeout: 2_000 }).toEqual(new Set(['answered']));
  await database.close(1_000);
});
