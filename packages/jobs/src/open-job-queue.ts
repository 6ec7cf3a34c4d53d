import type { JobQueue } from './job-queue.ts';
import type { OpenJobQueueOptions } from './open-bull-queue.ts';

/** Whether jobs can be kept there: `redis://…`, `rediss://…`, `postgres://…` or `postgresql://…`, with a host. */
export function isJobsUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^(rediss?|postgres(ql)?):$/.test(url.protocol) && url.hostname !== '';
}

/** Queues on Redis or PostgreSQL, as the URL says. Connects in the background. */
export async function openJobQueue(options: OpenJobQueueOptions): Promise<JobQueue> {
  if (!isJobsUrl(options.url)) throw new Error('Not a URL of a store of jobs');
  // BullMQ takes much memory, which a program that keeps no jobs has no use for.
  const { openBullQueue } = await import('./open-bull-queue.ts');
  return openBullQueue(options);
}
