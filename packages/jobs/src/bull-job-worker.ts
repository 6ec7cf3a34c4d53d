import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@santokit/telemetry';
import { type IQueueBackend, type Job, UnrecoverableError, Worker, type WorkerOptions } from 'bullmq';
import type { Availability } from './availability.ts';
import type { JobEnvelope } from './job-envelope.ts';
import type { JobWorker, RunningJob, WorkOptions } from './job-queue.ts';
import type { JobStore } from './job-store.ts';
import { repeatStrategy } from './repeat-strategy.ts';
import { retryDelayMs } from './retry-delay.ts';

export interface BullJobWorkerOptions extends WorkOptions {
  readonly queue: string;
  readonly store: JobStore;
  readonly availability: Availability;
  readonly logger: Pick<Logger, 'error'>;
  readonly lockMs: number | undefined;
}

const LOCK_MS = 30_000;
/** How often a job may have taken its worker with it. */
const MOST_DEATHS = 3;
const RECONNECT_LEAST_MS = 250;
const RECONNECT_MOST_MS = 10_000;
const ABORT_MS = 1_000;

/** Takes jobs of one queue, from when the store answers until it is closed. */
export class BullJobWorker implements JobWorker {
  readonly #options: BullJobWorkerOptions;
  readonly #closing = new AbortController();
  /** Aborted when what runs is given up. */
  readonly #givingUp = new AbortController();
  /** Those whose end is told where they are handled. */
  readonly #handled = new WeakSet<Job<JobEnvelope>>();
  readonly #worker: Promise<GivingUpWorker | undefined>;

  constructor(options: BullJobWorkerOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    const worker = await this.#worker;
    if (worker === undefined) return;
    const closed = worker.close().then(() => true);
    if (await Promise.race([closed, sleep(graceMs, false, { ref: false })])) return;
    this.#givingUp.abort();
    await worker.giveUp();
  }

  async #start(): Promise<GivingUpWorker | undefined> {
    const { availability } = this.#options;
    for (
      let waitMs = RECONNECT_LEAST_MS;
      !this.#closing.signal.aborted;
      waitMs = Math.min(2 * waitMs, RECONNECT_MOST_MS)
    ) {
      try {
        return await this.#connect();
      } catch (error) {
        availability.missed(error);
        await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  async #connect(): Promise<GivingUpWorker> {
    const { store, availability, queue, concurrency, lockMs = LOCK_MS } = this.#options;
    await untilAborted(store.prepare(), this.#closing.signal);
    const { connection, createBackend } = store.working;
    const options: WorkerOptions = {
      connection,
      concurrency,
      autorun: false,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: MOST_DEATHS,
      runRetryDelay: RECONNECT_LEAST_MS,
      settings: { repeatStrategy, backoffStrategy },
    };
    const process = (job: Job<JobEnvelope>) => this.#process(job);
    const worker = new GivingUpWorker(queue, process, options, createBackend);
    worker.on('error', (error) => availability.missed(error));
    worker.on('ready', () => availability.met());
    worker.on('failed', (job) => this.#failed(job));
    try {
      await untilAborted(worker.waitUntilReady(), this.#closing.signal);
    } catch (error) {
      await worker.close(true).catch(() => undefined);
      throw error;
    }
    worker.run().catch((error: unknown) => availability.missed(error));
    return worker;
  }

  async #process(job: Job<JobEnvelope>): Promise<void> {
    const { handle, onEnd, availability } = this.#options;
    availability.met();
    // The library fails what is in no schedule by itself, and has the rest take one worker after another.
    if (job.stalledCounter > MOST_DEATHS) throw new UnrecoverableError('Given up');
    this.#handled.add(job);
    try {
      await handle(runningJob(job, this.#givingUp.signal));
    } catch (error) {
      // Neither done nor failed: its lock runs out, and another worker runs it again.
      if (this.#givingUp.signal.aborted) await new Promise<never>(() => undefined);
      onEnd?.(false);
      throw error;
    }
    onEnd?.(true);
  }

  /** What has taken too many workers with it fails, and nobody handles it. */
  #failed(job: Job<JobEnvelope> | undefined): void {
    const { queue, logger, onEnd, onGivenUp } = this.#options;
    if (job === undefined || this.#handled.has(job)) return;
    logger.error({ queue, job: job.data.id }, 'A job was given up: workers that ran it died');
    onEnd?.(false);
    onGivenUp?.({ data: job.data.data, dueAtMs: dueAtMsOf(job) });
  }
}

/** One that can leave without waiting for its jobs. */
class GivingUpWorker extends Worker<JobEnvelope, void, string, IQueueBackend> {
  async giveUp(): Promise<void> {
    await sleep(ABORT_MS);
    this.lockManager.close();
    await Promise.race([this.backend.close(true), sleep(ABORT_MS, undefined, { ref: false })]);
  }
}

function runningJob(job: Job<JobEnvelope>, signal: AbortSignal): RunningJob {
  const dueAtMs = dueAtMsOf(job);
  const attempt = job.attemptsMade + 1;
  return {
    id: dueAtMs === undefined ? job.data.id : `${job.data.id}@${dueAtMs}`,
    data: job.data.data,
    attempt,
    isLastAttempt: attempt >= (job.opts.attempts ?? 1),
    dueAtMs,
    signal,
  };
}

function dueAtMsOf({ repeatJobKey, opts }: Job<JobEnvelope>): number | undefined {
  return repeatJobKey === undefined ? undefined : opts.prevMillis;
}

function backoffStrategy(attemptsMade: number, _type?: string, _error?: Error, job?: { data: JobEnvelope }): number {
  const backoff = job?.data.backoff;
  return backoff === undefined ? 0 : retryDelayMs(backoff, attemptsMade, Math.random());
}

async function untilAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([awaited, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
