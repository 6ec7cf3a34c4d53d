import { Worker } from 'node:worker_threads';
import { ERROR_CODES, type ErrorCode, StkError } from '@santokit/contract';

/** From here on it would be felt by other calls if CBOR were read or written on the event loop: JSON takes a tenth of the time. */
export const LARGE_CBOR_BYTES = 256 * 1_024;

/** CBOR of a finished JSON text, as `encodeCbor` makes it, made in a thread of its own. @throws StkError as `encodeCbor` */
export function encodeCborAside(json: string | Uint8Array): Promise<Uint8Array> {
  // Copied, because the buffer is given away, and may hold more than this.
  return thread.ask('encode', typeof json === 'string' ? new TextEncoder().encode(json) : new Uint8Array(json));
}

/** The JSON text of a CBOR item, as `decodeCbor` reads it, read in a thread of its own. @throws StkError as `decodeCbor` */
export async function decodeCborAside(cbor: Uint8Array): Promise<Buffer> {
  const json = await thread.ask('decode', new Uint8Array(cbor));
  return Buffer.from(json.buffer, json.byteOffset, json.length);
}

/** What is asked of the thread, and what it answers. */
export interface CborJob {
  readonly id: number;
  readonly kind: 'encode' | 'decode';
  readonly bytes: Uint8Array;
}
export type CborOutcome = { readonly id: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly code: string; readonly message: string }
);

/** Does one job after another. It begins with the first, and keeps no process alive. */
class CborThread {
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #jobs = new Map<number, PromiseWithResolvers<Uint8Array>>();

  ask(kind: CborJob['kind'], bytes: Uint8Array): Promise<Uint8Array> {
    this.#worker ??= this.#begin();
    const id = ++this.#lastId;
    const job = Promise.withResolvers<Uint8Array>();
    this.#jobs.set(id, job);
    this.#worker.postMessage({ id, kind, bytes } satisfies CborJob, [bytes.buffer as ArrayBuffer]);
    return job.promise;
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./cbor-thread.ts', import.meta.url), { env: {} });
    worker.unref();
    worker.on('message', (outcome: CborOutcome) => this.#settle(outcome));
    worker.on('error', () => this.#giveUp(worker));
    return worker;
  }

  #settle(outcome: CborOutcome): void {
    const job = this.#jobs.get(outcome.id);
    this.#jobs.delete(outcome.id);
    if ('bytes' in outcome) job?.resolve(outcome.bytes);
    else job?.reject(new StkError(isErrorCode(outcome.code) ? outcome.code : 'INTERNAL_ERROR', outcome.message));
  }

  /** It has no more memory: nobody can tell for whose sake. */
  #giveUp(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const job of this.#jobs.values())
      job.reject(new StkError('SERVICE_UNAVAILABLE', 'Too much CBOR at the same time; ask for less, or use JSON'));
    this.#jobs.clear();
  }
}

const thread = new CborThread();

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
