import { connect } from 'node:net';

/** `100 Continue`, which comes before the answer. */
const INTERIM = /^HTTP\/1\.1 1\d\d[\s\S]*?\r\n\r\n/;

const END_AFTER_MS = 500;

export interface RawAnswer {
  /** Undefined where the server closed without a word. */
  readonly status: number | undefined;
  readonly text: string;
}

/**
 * Sends bytes as they are and takes what comes until the server closes, or says nothing for `quietMs` after it has answered.
 * @throws Error when nothing came for `timeoutMs`
 */
export function rawRequest(url: string, bytes: Buffer, { quietMs = 20, timeoutMs = 20_000 } = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    // A server that is told of more than comes waits for it.
    const ending = setTimeout(() => socket.end(), END_AFTER_MS);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`No answer within ${timeoutMs} ms to ${JSON.stringify(bytes.subarray(0, 300).toString('latin1'))}`),
      );
    }, timeoutMs);
    const done = () => {
      clearTimeout(timer);
      clearTimeout(quiet);
      clearTimeout(ending);
      socket.destroy();
      const text = Buffer.concat(chunks).toString().replace(INTERIM, '');
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), text });
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(done, quietMs);
    });
    socket.on('close', done);
    socket.on('error', () => undefined);
  });
}
