import { randomUUID } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request: the caller's where it is 1 to 128 letters, digits, dots, hyphens or underscores, else a new one. */
export function requestId(incoming: string | undefined): string {
  return incoming !== undefined && ACCEPTED.test(incoming) ? incoming : randomUUID();
}
