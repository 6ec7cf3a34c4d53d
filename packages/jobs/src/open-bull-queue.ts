import type { Logger } from '@santokit/telemetry';
import { Availability } from './availability.ts';
import { BullJobQueue } from './bull-job-queue.ts';
import type { JobQueue } from './job-queue.ts';
import { postgresStore } from './postgres-store.ts';
import { redisStore } from './redis-store.ts';

export interface OpenJobQueueOptions {
  /** What `jobsUrlSchema` allows. */
  readonly url: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** After how long the jobs of a worker that is no more are run by another; absent: 30 s. */
  readonly lockMs?: number;
}

/** @see openJobQueue */
export function openBullQueue({ url, logger, lockMs }: OpenJobQueueOptions): JobQueue {
  const availability = new Availability(logger);
  const store = url.startsWith('redis') ? redisStore(url, (error) => availability.missed(error)) : postgresStore(url);
  return new BullJobQueue({ store, availability, logger, lockMs });
}
