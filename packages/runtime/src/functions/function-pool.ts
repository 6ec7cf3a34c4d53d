import { availableParallelism } from 'node:os';
import type { Json } from '@santokit/contract';
import type { FunctionCall } from './function-call.ts';
import { FunctionRun } from './function-run.ts';
import { type WorkerArtifact, WorkerProcess } from './worker-process.ts';

/**
 * Runs functions in processes of their own. A call that takes too long or too much is ended with its isolate, and the process that it ran
 * in is replaced: it gets no more calls, and goes with the last one.
 */
export class FunctionPool {
  readonly #size: number;
  readonly #workers = new Set<WorkerProcess>();
  #base: WorkerArtifact | undefined;
  #isClosed = false;

  constructor({ size = availableParallelism() }: { readonly size?: number } = {}) {
    this.#size = size;
  }

  /** Starts the processes ahead of the first call, ready to run what runs on the base. */
  async warm(base: WorkerArtifact): Promise<void> {
    this.#fill();
    this.#base = base;
    await Promise.all([...this.#workers].map((worker) => worker.prepare(base)));
  }

  /**
   * Runs one call.
   * @returns what the function returned, or the descriptions of a bundle's functions by their exports
   * @throws StkError: `BAD_REQUEST` for args or a limit, `RESULT_TOO_LARGE`, `QUERY_TIMEOUT`, what an operation was refused, what the
   * function refused its caller; `INTERNAL_ERROR` with a `FunctionFault` as cause for whatever else it threw
   */
  async run(call: FunctionCall): Promise<Json> {
    const worker = this.#worker();
    try {
      return await new FunctionRun(worker, call).result;
    } finally {
      if (worker.isRetired) this.#replace(worker);
    }
  }

  /** Ends every process; calls under way fail. */
  close(): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.kill();
    this.#workers.clear();
  }

  #worker(): WorkerProcess {
    if (this.#isClosed) throw new Error('The pool is closed');
    this.#fill();
    let best: WorkerProcess | undefined;
    for (const worker of this.#workers) if (best === undefined || worker.load < best.load) best = worker;
    if (best === undefined) throw new Error('There is no worker');
    // In turn: while one runs a call, the others make ready for theirs.
    this.#workers.delete(best);
    this.#workers.add(best);
    return best;
  }

  #fill(): void {
    for (const worker of this.#workers) if (worker.isRetired) this.#workers.delete(worker);
    while (this.#workers.size < this.#size && !this.#isClosed) {
      const worker: WorkerProcess = new WorkerProcess(() => this.#workers.delete(worker));
      this.#workers.add(worker);
      if (this.#base !== undefined) worker.prepare(this.#base);
    }
  }

  #replace(worker: WorkerProcess): void {
    this.#workers.delete(worker);
    if (!this.#isClosed) this.#fill();
  }
}
