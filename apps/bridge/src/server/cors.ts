import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowsOrigin } from '@santokit/contract';
import type { Caller } from '../credential/caller.ts';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';

/** What a page may read of an answer beside its body (Fetch, section 3.3). */
const EXPOSED_HEADERS =
  'x-request-id, x-santokit-release, retry-after, idempotent-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset, ratelimit-policy';

/**
 * Lets the page that a request comes from read the answer, where the caller's env lists its origin; before the caller is known,
 * where any env does.
 */
export function allowReading(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  targets: Targets,
  caller?: Caller,
): void {
  if (origin === undefined || response.headersSent) return;
  if (!isListed(origin, caller === undefined ? targets.all() : [caller.target])) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
}

/** Whether one of the envs lists the origin. */
export function isListed(origin: string, targets: readonly Target[]): boolean {
  return targets.some(({ served }) => served !== undefined && allowsOrigin(served.release.auth.origins, origin));
}
