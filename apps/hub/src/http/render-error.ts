import { errorBody, type StkError } from '@santokit/contract';
import type { Context } from 'hono';
import type { Deps } from '../deps.ts';
import type { HubEnv } from './hub-env.ts';
import { toAnswerError } from './to-answer-error.ts';

/** The one place where an error becomes an answer. What must not be shown goes to the log. */
export function renderError(deps: Deps, thrown: unknown, context: Context<HubEnv>): Response {
  const error = toAnswerError(thrown);
  const requestId = context.get('requestId');
  if (error.status >= 500)
    deps.logger.error(
      { requestId, traceId: context.get('traceId'), code: error.code, err: error.cause ?? error },
      'Request failed',
    );
  sayWhenToRetry(error, context);
  return context.json(errorBody(error, requestId), error.status as 400);
}

/** `Retry-After`, and of a limit the RateLimit header fields of draft-ietf-httpapi-ratelimit-headers-06. */
function sayWhenToRetry({ details }: StkError, context: Context<HubEnv>): void {
  const { retryAfterSeconds, limit, windowSeconds } = details ?? {};
  if (typeof retryAfterSeconds !== 'number') return;
  context.header('Retry-After', String(retryAfterSeconds));
  if (typeof limit !== 'number') return;
  context.header('RateLimit-Limit', String(limit));
  context.header('RateLimit-Remaining', '0');
  context.header('RateLimit-Reset', String(retryAfterSeconds));
  context.header('RateLimit-Policy', `${limit};w=${windowSeconds}`);
}
