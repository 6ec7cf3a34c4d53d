import { Pool } from 'undici';
import type { Call } from './scenarios.ts';

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; absent: as many as there are answers. */
  readonly rate?: number;
  readonly next: () => LoadRequest;
}

export interface LoadRequest {
  readonly call: Call;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends requests over keep-alive connections, one at a time on each. @throws Error at the first answer that is not a 200 */
export async function load({ url, connections, seconds, rate, next }: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const latencies: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  let sent = 0;
  const worker = async () => {
    for (;;) {
      const dueMs = rate === undefined ? 0 : startMs + (sent++ * 1_000) / rate;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const sentMs = performance.now();
      if (sentMs >= endMs) return;
      await send(pool, next());
      latencies.push(performance.now() - sentMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    await pool.close();
  }
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { requests: sorted.length, seconds: (performance.now() - startMs) / 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The answer's text. */
export async function answerTo(url: string, request: LoadRequest): Promise<string> {
  const pool = new Pool(url, { connections: 1 });
  try {
    return await send(pool, request);
  } finally {
    await pool.close();
  }
}

function send(pool: Pool, { call, headers }: LoadRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    pool.dispatch(
      {
        path: `/call/${call.path}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-owner': call.owner, ...headers },
        body: call.body,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const [first] = chunks;
          const text = () => (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString();
          if (status === 200) resolve(text());
          else reject(new Error(`${call.path} was answered with ${status}: ${text().slice(0, 300)}`));
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}
