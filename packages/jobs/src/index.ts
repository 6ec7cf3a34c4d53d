// Queues of jobs that run at least once, and the schedules that fill them, on Redis or PostgreSQL.
export { EventWorker } from './events/event-worker.ts';
export type { EventTiming, EventWorkerOptions, HandedOut, HandleTogether, Handling } from './events/worker-context.ts';
export * from './job-queue.ts';
export type { OpenJobQueueOptions } from './open-bull-queue.ts';
export { openJobQueue } from './open-job-queue.ts';
export { retryDelayMs } from './retry-delay.ts';
