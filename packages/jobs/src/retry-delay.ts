import type { Backoff } from './job-queue.ts';

/** What chance may take off, so that jobs that failed together are not tried together. */
const JITTER = 0.2;

/** How long to wait after attempt `attempt` (from 1) failed; `random` is from 0 up to 1. */
export function retryDelayMs({ minMs, maxMs }: Backoff, attempt: number, random: number): number {
  const wholeMs = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 50));
  return Math.round(wholeMs * (1 - JITTER * random));
}
