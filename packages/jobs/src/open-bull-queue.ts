import { Availability } from './availability.ts';
import { BullJobQueue } from './bull-job-queue.ts';
import type { JobQueue } from './job-queue.ts';
import type { OpenJobQueueOptions } from './open-job-queue.ts';
import { postgresStore } from './postgres-store.ts';
import { redisStore } from './redis-store.ts';

/** @see openJobQueue */
export function openBullQueue({ url, logger, lockMs }: OpenJobQueueOptions): JobQueue {
  const availability = new Availability(logger);
  const store = url.startsWith('redis') ? redisStore(url, (error) => availability.missed(error)) : postgresStore(url);
  return new BullJobQueue({ store, availability, lockMs });
}
