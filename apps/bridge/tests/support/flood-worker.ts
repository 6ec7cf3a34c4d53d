import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface FloodOptions {
  readonly port: number;
  readonly connections: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** By status, and `broken` for connections that failed. */
export type FloodStatuses = Readonly<Record<string, number>>;

const { port, connections, path, headers, body } = workerData as FloodOptions;
const request = Buffer.from(
  [
    `POST ${path} HTTP/1.1`,
    'host: bridge',
    'content-type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n'),
);
const statuses: Record<string, number> = {};
let isStopping = false;

const count = (status: string) => {
  if (!isStopping) statuses[status] = (statuses[status] ?? 0) + 1;
};
const sockets = Array.from({ length: connections }, () => {
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  socket.on('data', (chunk: Buffer) => {
    const status = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 16))?.[1];
    // Of an answer in several pieces, the others.
    if (status === undefined) return;
    count(status);
    socket.write(request);
  });
  socket.on('error', () => count('broken'));
  return socket;
});
const telling = setInterval(() => parentPort?.postMessage(statuses), 100);
parentPort?.once('message', () => {
  isStopping = true;
  clearInterval(telling);
  for (const socket of sockets) socket.destroy();
  parentPort?.postMessage(statuses);
});
