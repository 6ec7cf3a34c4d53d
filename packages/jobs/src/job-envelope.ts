import type { Json } from '@santokit/contract';
import type { Backoff } from './job-queue.ts';

/** What is stored as a job's data. */
export interface JobEnvelope {
  /** As it was given: the library's own ids know fewer characters. */
  readonly id: string;
  readonly data: Json;
  readonly backoff?: Backoff;
}

/** An id of a job as the library takes it: no integer, no colon. */
export function storedId(id: string): string {
  return `~${id.replaceAll('%', '%25').replaceAll(':', '%3A')}`;
}
