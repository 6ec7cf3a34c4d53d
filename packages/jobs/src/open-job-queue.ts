import { jobsUrlSchema } from '@santokit/contract';
import type { JobQueue } from './job-queue.ts';
import type { OpenJobQueueOptions } from './open-bull-queue.ts';

/** Queues on Redis or PostgreSQL, as the URL says. Connects in the background. */
export async function openJobQueue(options: OpenJobQueueOptions): Promise<JobQueue> {
  if (!jobsUrlSchema.safeParse(options.url).success) throw new Error('Not a URL of a store of jobs');
  // BullMQ takes much memory, which a program that keeps no jobs has no use for.
  const { openBullQueue } = await import('./open-bull-queue.ts');
  return openBullQueue(options);
}
