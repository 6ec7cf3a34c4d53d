import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections and to listeners on port 0 (from 32768 on Linux, 49152 elsewhere):
 * a port from there can be lost between this check and its use.
 */
const CANDIDATES = { from: 20_000, to: 32_768 };
const ATTEMPTS = 100;

/** A TCP port on 127.0.0.1 that nobody listens on right now, drawn at random. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(CANDIDATES.from, CANDIDATES.to);
    if (await isPortFree(port)) return port;
  }
  throw new Error('The system has no free TCP port on 127.0.0.1.');
}

/** Whether `port` on 127.0.0.1 can be bound right now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
