import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Targets } from '../target/targets.ts';
import { callRouteOf } from './call-route.ts';
import { isListed } from './cors.ts';

/** What a page may send along: all that the Bridge reads, and trace context. */
const ALLOWED_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-request-id',
  'x-santokit-api-key',
  'x-santokit-env',
  'x-santokit-project',
]);
/** How long a browser remembers the answer; what it may read is decided anew by each answer's own headers. */
const MAX_AGE_SECONDS = 3_600;
const VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

/** Whether a browser asks if a page may make a call (Fetch, section 4.8). */
export function isPreflight({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && callRouteOf(url) !== undefined;
}

/**
 * Answers a preflight. It carries no credential, so an origin is welcome when any env lists it; another one gets the same 204 without
 * the headers that would let its page go on.
 */
export async function answerPreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  targets: Targets,
): Promise<void> {
  const { origin = '', 'access-control-request-headers': asked } = headers;
  if (!isListed(origin, targets.all()) && targets.isOnDemand) await targets.lookFurther({});
  if (response.destroyed) return;
  response.setHeader('vary', VARY);
  if (isListed(origin, targets.all())) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-methods', 'POST');
    response.setHeader('access-control-max-age', MAX_AGE_SECONDS);
    const allowed = allowedOf(asked?.toString() ?? '');
    if (allowed !== '') response.setHeader('access-control-allow-headers', allowed);
  }
  response.writeHead(204).end();
}

function allowedOf(asked: string): string {
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  return [...new Set(names)].filter((name) => ALLOWED_HEADERS.has(name)).join(', ');
}
