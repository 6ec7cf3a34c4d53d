import { connect } from 'node:net';

export interface RawRequestOptions {
  /** When to end one's own side where nothing comes; by default never, for whoever does so is taken to have left. */
  readonly endAfterMs?: number;
  /** When to end it where nothing more comes. */
  readonly quietMs?: number;
  readonly timeoutMs?: number;
}

/**
 * Sends bytes as they are and takes what comes until the server closes.
 * @throws Error when it did not for `timeoutMs`
 */
export function rawRequest(url: string, bytes: Buffer, options: RawRequestOptions = {}): Promise<Buffer> {
  const { endAfterMs, quietMs, timeoutMs = 5_000 } = options;
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => socket.write(bytes));
    let ending: NodeJS.Timeout | undefined;
    const endIn = (ms: number | undefined) => {
      clearTimeout(ending);
      if (ms !== undefined) ending = setTimeout(() => socket.end(), ms);
    };
    endIn(endAfterMs);
    const timer = setTimeout(() => socket.destroy(new Error('late')), timeoutMs);
    let isLate = false;
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      endIn(quietMs);
    });
    socket.on('end', () => socket.end());
    // The server may close while it is still sent to.
    socket.on('error', ({ message }) => {
      isLate = message === 'late';
    });
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(ending);
      const received = Buffer.concat(chunks);
      if (!isLate) resolve(received);
      else reject(new Error(`After ${timeoutMs} ms: ${excerpt(received)}, to ${excerpt(bytes)}`));
    });
  });
}

function excerpt(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 1_500).toString('latin1'));
}
