// Turns outbox rows and schedules into jobs that run at least once, on Redis or PostgreSQL.
export { type EventTiming, EventWorker, type EventWorkerOptions } from './events/event-worker.ts';
export * from './job-queue.ts';
export { isJobsUrl, type OpenJobQueueOptions, openJobQueue } from './open-job-queue.ts';
export { retryDelayMs } from './retry-delay.ts';
