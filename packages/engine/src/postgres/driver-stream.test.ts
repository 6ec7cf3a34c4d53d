import { createServer, connect as dial, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { parseConnectionUrl } from './connection-url.ts';

/** How many bytes come at once, again and again in this order. */
let pieces: readonly number[] = [1];
let test: TestDatabase;
let proxyUrl: string;
const sockets = new Set<Socket>();
const proxy = createServer((client) => {
  const { host, port } = parseConnectionUrl(test.url);
  const server = dial(port, host);
  for (const socket of [client, server]) {
    sockets.add(socket);
    socket.setNoDelay(true).on('error', () => {});
  }
  client.pipe(server);
  forwardInPieces(server, client).catch(() => client.destroy());
  server.on('close', () => client.destroy());
  client.on('close', () => server.destroy());
});

async function forwardInPieces(from: Socket, to: Socket): Promise<void> {
  let turn = 0;
  for await (const bytes of from as AsyncIterable<Buffer>)
    for (let at = 0; at < bytes.length; ) {
      const length = pieces[turn++ % pieces.length] ?? 1;
      to.write(bytes.subarray(at, at + length));
      at += length;
      // Else the system would put the pieces together again.
      await setImmediate();
    }
}

beforeAll(async () => {
  test = await createTestDatabase();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const url = new URL(test.url);
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  proxyUrl = url.href;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await test.drop();
});

it('answers are whole and in their order, wherever the network cuts the bytes of the server', async () => {
  const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 500 })), {
    minLength: 1,
  });
  const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(3_000)), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(cuts, lengths, async (cut, texts) => {
      pieces = cut;
      const database = connect({ url: proxyUrl, poolMax: 2 });
      const answers = await Promise.all(
        texts.map(async (length, n) => {
          const { rows } = await database.query('select $1::integer, repeat($2::text, $3::integer)', [
            String(n),
            'é',
            String(length),
          ]);
          return rows;
        }),
      );
      await database.close(1_000);
      expect(answers).toEqual(texts.map((length, n) => [[String(n), 'é'.repeat(length)]]));
    }),
    { numRuns: 25 },
  );
});
