import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@santokit/telemetry';
import { ErrorCode, type IQueueBackend, type JobSchedulerJson, Queue } from 'bullmq';
import type { Availability } from './availability.ts';
import { BullJobWorker } from './bull-job-worker.ts';
import { type JobEnvelope, storedId } from './job-envelope.ts';
import {
  type JobQueue,
  JobStoreAway,
  type JobWorker,
  type NewJob,
  type Schedule,
  type WorkOptions,
} from './job-queue.ts';
import type { JobStore } from './job-store.ts';
import { repeatStrategy } from './repeat-strategy.ts';
import { patternOf } from './timing-pattern.ts';

export interface BullJobQueueOptions {
  readonly store: JobStore;
  readonly availability: Availability;
  readonly logger: Pick<Logger, 'error'>;
  readonly lockMs: number | undefined;
}

type BullQueue = Queue<JobEnvelope, void, string, JobEnvelope, void, string, IQueueBackend>;

/** Who asks does not wait longer than this. */
const ANSWER_TIMEOUT_MS = 5_000;
/** What is done is kept for a while, so that its id is known. */
const KEPT = { removeOnComplete: { age: 3_600, count: 1_000 }, removeOnFail: { age: 86_400, count: 1_000 } };

/** Queues of BullMQ. */
export class BullJobQueue implements JobQueue {
  readonly #options: BullJobQueueOptions;
  readonly #queues = new Map<string, Promise<BullQueue>>();

  constructor(options: BullJobQueueOptions) {
    this.#options = options;
  }

  async enqueue(queue: string, jobs: readonly NewJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const added = jobs.map((job) => {
      const { data, opts } = storedJob(job);
      return { name: 'job', data, opts: { ...opts, jobId: storedId(job.id), delay: job.delayMs ?? 0 } };
    });
    await this.#ask(queue, (bull) => bull.addBulk(added));
  }

  work(queue: string, options: WorkOptions): JobWorker {
    return new BullJobWorker({ ...this.#options, ...options, queue });
  }

  async setSchedules(queue: string, schedules: ReadonlyMap<string, Schedule>): Promise<void> {
    await this.#ask(queue, async (bull) => {
      const present = new Map((await bull.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
      for (const key of present.keys()) if (!schedules.has(key)) await bull.removeJobScheduler(key);
      for (const [key, schedule] of schedules) {
        const scheduler = present.get(key);
        const pattern = patternOf(schedule.timing);
        const { data, opts } = storedJob({ ...schedule, id: key });
        const isSame = scheduler?.pattern === pattern && isDeepStrictEqual(scheduler.template?.data, data);
        if (isSame && (await isGoingOn(bull, scheduler))) continue;
        await bull.upsertJobScheduler(key, { pattern }, { name: 'schedule', data, opts });
      }
    });
  }

  async close(): Promise<void> {
    const queues = await Promise.allSettled(this.#queues.values());
    await Promise.allSettled(queues.flatMap((made) => (made.status === 'fulfilled' ? [made.value.close()] : [])));
    this.#options.store.close();
  }

  async #ask<T>(name: string, ask: (queue: BullQueue) => Promise<T>): Promise<T> {
    const { availability } = this.#options;
    try {
      const answer = await withinTime(this.#queue(name).then((queue) => unhindered(() => ask(queue))));
      availability.met();
      return answer;
    } catch (error) {
      availability.missed(error);
      throw new JobStoreAway({ cause: error });
    }
  }

  // One that could not be made is not kept: the library would say for ever what it said once.
  #queue(name: string): Promise<BullQueue> {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const made = this.#open(name);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  async #open(name: string): Promise<BullQueue> {
    const { store, availability } = this.#options;
    await withinTime(store.prepare());
    const { connection, createBackend } = store.asking;
    const options = { connection, skipMetasUpdate: true, settings: { repeatStrategy } };
    const queue: BullQueue = new Queue(name, options, createBackend);
    queue.on('error', (error) => availability.missed(error));
    try {
      await withinTime(queue.waitUntilReady());
    } catch (error) {
      await queue.close().catch(() => undefined);
      throw error;
    }
    return queue;
  }
}

/** Later than this, what is due should have been run. */
const OVERDUE_MS = 60_000;

/** Whether the job of its next time is there: the library may lose it when the store goes away at the wrong moment. */
async function isGoingOn(bull: BullQueue, { key, next }: JobSchedulerJson<JobEnvelope>): Promise<boolean> {
  if (next === undefined) return false;
  if (next > Date.now() - OVERDUE_MS) return true;
  const job = await bull.getJob(`repeat:${key}:${next}`);
  const state = await job?.getState();
  return state !== undefined && state !== 'completed' && state !== 'failed' && state !== 'unknown';
}

function storedJob({ id, data, attempts = 1, backoff }: Omit<NewJob, 'delayMs'>) {
  return {
    data: { id, data, ...(backoff && { backoff }) } satisfies JobEnvelope,
    opts: { ...KEPT, attempts, ...(backoff && { backoff: { type: 'envelope' } }) },
  };
}

/** Another process did the same at the same time: PostgreSQL's `deadlock_detected` and `serialization_failure`, and the library's own. */
const COLLISIONS = new Set([
  '40P01',
  '40001',
  String(ErrorCode.SchedulerJobIdCollision),
  String(ErrorCode.SchedulerJobSlotsBusy),
]);
const MOST_TRIES = 8;
const MOST_STEP_ASIDE_MS = 100;

async function unhindered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === MOST_TRIES || !isCollision(error)) throw error;
      await sleep(Math.random() * MOST_STEP_ASIDE_MS);
    }
  }
}

function isCollision(error: unknown): boolean {
  return error instanceof Error && 'code' in error && COLLISIONS.has(String(error.code));
}

async function withinTime<T>(asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('No answer in time')), ANSWER_TIMEOUT_MS);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
