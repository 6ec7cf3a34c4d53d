import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { hashPassword, verifyPassword } from '@santokit/crypto';
import { PASSWORD } from './fill-users.ts';

/**
 * What a login is held against: verifies a password, and nothing else, behind Node's own HTTP server. It is a process of its own that runs
 * where the Hub does, because argon2id takes longer after a pause and on a cold cache than in a loop.
 */
const passwordHash = await hashPassword(PASSWORD);

const server = createServer(async (request, response) => {
  const isRight = request.method !== 'POST' || (await verifyPassword(passwordHash, await text(request)));
  response.writeHead(isRight ? 200 : 401).end();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
await once(server, 'listening');
process.once('SIGTERM', () => process.exit(0));
