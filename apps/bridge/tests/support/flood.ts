import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FloodOptions, FloodStatuses } from './flood-worker.ts';

/** Many connections that each call again as soon as they were answered, on a thread of their own. */
export class Flood {
  /** How often each status was answered, as last told. */
  statuses: FloodStatuses = {};
  readonly #worker: Worker;

  constructor(options: FloodOptions) {
    this.#worker = new Worker(new URL('./flood-worker.ts', import.meta.url), { workerData: options });
    this.#worker.on('message', (statuses: FloodStatuses) => {
      this.statuses = statuses;
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('stop');
    await ended;
  }
}
