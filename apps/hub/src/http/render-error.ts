import { errorBody } from '@santokit/contract';
import type { Context } from 'hono';
import type { Deps } from '../deps.ts';
import type { HubEnv } from './hub-env.ts';
import { toAnswerError } from './to-answer-error.ts';

/** The one place where an error becomes an answer. What must not be shown goes to the log. */
export function renderError(deps: Deps, thrown: unknown, context: Context<HubEnv>): Response {
  const error = toAnswerError(thrown);
  const requestId = context.get('requestId');
  if (error.status >= 500)
    deps.logger.error({ requestId, code: error.code, err: error.cause ?? error }, 'Request failed');
  const retryAfterSeconds = error.details?.retryAfterSeconds;
  if (typeof retryAfterSeconds === 'number') context.header('Retry-After', String(retryAfterSeconds));
  return context.json(errorBody(error, requestId), error.status as 400);
}
