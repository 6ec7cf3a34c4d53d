import type { CronTiming, Json } from '@santokit/contract';

/** How long a failed job waits: twice as long each time, from `minMs` to `maxMs`, and up to a fifth less by chance. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface NewJob {
  /** A job whose id is in the queue already, or was a short while ago, is not added again. */
  readonly id: string;
  readonly data: Json;
  readonly delayMs?: number;
  /** How often it is tried at most; absent: once. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
}

/** A job in the hands of a worker. */
export interface RunningJob {
  /** Of a scheduled job: its key and due time. */
  readonly id: string;
  readonly data: Json;
  /** From 1; a job that a worker died of is tried again within the same attempt. */
  readonly attempt: number;
  readonly isLastAttempt: boolean;
  /** When a scheduled job was due. */
  readonly dueAtMs: number | undefined;
  /** Aborted when the worker closes and does not wait for the job any longer. */
  readonly signal: AbortSignal;
}

export interface WorkOptions {
  /** How many jobs at a time. */
  readonly concurrency: number;
  /** A job whose handler rejects is tried again while it has attempts left. */
  readonly handle: (job: RunningJob) => Promise<void>;
  /** Told of each end of an attempt. */
  readonly onEnd?: (succeeded: boolean) => void;
  /** Told of a job that nobody handles any more, because too many workers that did died. */
  readonly onGivenUp?: (job: Pick<RunningJob, 'data' | 'dueAtMs'>) => void;
}

export interface JobWorker {
  /** Takes no more jobs, waits for those that run, and after `graceMs` gives them up for another worker to run again. */
  close(graceMs: number): Promise<void>;
}

/** What is due again and again. */
export interface Schedule {
  readonly timing: CronTiming;
  readonly data: Json;
  /** As of a job; whether they differ from what is there is not looked at. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
}

/**
 * Queues that any number of processes share. A job is run at least once: by one worker, and by another if that one dies. What a
 * queue holds survives a restart of the store as far as the store keeps it.
 */
export interface JobQueue {
  /**
   * In the order given; all or none.
   * @throws JobStoreAway
   */
  enqueue(queue: string, jobs: readonly NewJob[]): Promise<void>;
  /** Starts when the store answers, and goes on whenever it does. */
  work(queue: string, options: WorkOptions): JobWorker;
  /**
   * Makes these the schedules of the queue, by key. What is there and stays the same keeps its next due time; what was missed
   * while nobody worked is run once.
   * @throws JobStoreAway
   */
  setSchedules(queue: string, schedules: ReadonlyMap<string, Schedule>): Promise<void>;
  /** After its workers are closed. */
  close(): Promise<void>;
}

/** The store of jobs does not answer. */
export class JobStoreAway extends Error {
  constructor(options?: ErrorOptions) {
    super('The store of jobs does not answer', options);
    this.name = 'JobStoreAway';
  }
}
