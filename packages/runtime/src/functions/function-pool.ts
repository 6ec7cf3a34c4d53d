import { availableParallelism } from 'node:os';
import { type Json, StkError } from '@santokit/contract';
import type { FunctionCall } from './function-call.ts';
import { FunctionRun } from './function-run.ts';
import { type FunctionSeat, FunctionSeats, type SeatRequest } from './function-seats.ts';
import type { SentArtifactsOptions } from './sent-artifacts.ts';
import { type WorkerArtifact, WorkerProcess, type WorkerProcessOptions } from './worker-process.ts';

/** Processes that a call is given, one after the other, when each ends before it could begin. */
const MOST_ATTEMPTS = 3;

/** What is not called for so long is made anew when it is. */
const IDLE_MS = 120_000;

export interface FunctionPoolOptions {
  /** Processes. */
  readonly size?: number;
  /** How long a function that is not called stays loaded. */
  readonly idleMs?: number;
  /** How much a process may keep of the bundles that it was sent. */
  readonly kept?: SentArtifactsOptions;
}

/**
 * Runs functions in processes of their own. A call that takes too long or too much is ended with its isolate, and the process that it ran
 * in is replaced: it gets no more calls, and goes with the last one.
 */
export class FunctionPool {
  readonly #size: number;
  readonly #worker: WorkerProcessOptions;
  readonly #workers = new Set<WorkerProcess>();
  readonly #seats: FunctionSeats<WorkerProcess>;
  #base: WorkerArtifact | undefined;
  #isClosed = false;

  constructor({ size = availableParallelism(), idleMs = IDLE_MS, kept = {} }: FunctionPoolOptions = {}) {
    this.#size = size;
    this.#worker = { idleMs, kept };
    this.#seats = new FunctionSeats(size, () => this.#filled());
  }

  /** Starts the processes ahead of the first call, ready to run what runs on the base. */
  async warm(base: WorkerArtifact): Promise<void> {
    this.#base = base;
    await Promise.all(Array.from(this.#filled(), (worker) => worker.ready(base)));
  }

  /**
   * Runs one call.
   * @returns what the function returned, or the descriptions of a bundle's functions by their exports
   * @throws StkError: `BAD_REQUEST` for args or a limit, `RESULT_TOO_LARGE`, `QUERY_TIMEOUT`, what an operation was refused, what the
   * function refused its caller; `INTERNAL_ERROR` with a `FunctionFault` as cause for whatever else it threw
   */
  async run(call: FunctionCall): Promise<Json> {
    const { scope, artifact, start, isUrgent = false, signal, base } = call;
    const key = `${scope} ${artifact.hash} ${start === 'describe' ? '' : start.export}`;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const seat = await this.#seat({ key, isUrgent, signal });
      const { worker } = seat;
      try {
        await worker.ready(base);
        if (worker.isRetired) continue;
        if (signal?.aborted === true) throw new StkError('SERVICE_UNAVAILABLE', 'The caller went away');
        call.onStart?.();
        // In turn: while one runs a call, the others make ready for theirs.
        if (this.#workers.delete(worker)) this.#workers.add(worker);
        return await new FunctionRun(seat, call).result;
      } finally {
        if (worker.isRetired) this.#workers.delete(worker);
        seat.leave();
      }
    }
    throw new StkError('SERVICE_UNAVAILABLE', 'No process could be started for the function');
  }

  /** Ends every process; calls under way fail. */
  close(): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.kill();
    this.#workers.clear();
    this.#seats.close();
  }

  #seat(request: SeatRequest): FunctionSeat<WorkerProcess> | Promise<FunctionSeat<WorkerProcess>> {
    if (this.#isClosed) throw new Error('The pool is closed');
    return this.#seats.take(request) ?? this.#seats.wait(request);
  }

  /** Those that take calls, as many as there should be. */
  #filled(): Iterable<WorkerProcess> {
    for (const worker of this.#workers) if (worker.isRetired) this.#workers.delete(worker);
    while (this.#workers.size < this.#size && !this.#isClosed) {
      const worker: WorkerProcess = new WorkerProcess(this.#worker, () => this.#workers.delete(worker));
      this.#workers.add(worker);
      if (this.#base !== undefined) worker.ready(this.#base);
    }
    return this.#workers;
  }
}
