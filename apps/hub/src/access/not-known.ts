import { StkError } from '@santokit/contract';

const NOT_KNOWN = new Error('The actor may not know of it');

/**
 * That something is not there, or that the actor may not know that it is. Both are recorded as refusals: would only one be, its
 * answer came later, and told which it was.
 */
export function notKnown(message: string): StkError {
  return new StkError('NOT_FOUND', message, undefined, { cause: NOT_KNOWN });
}

/** Whether `error` is one of `notKnown`. */
export function isNotKnown(error: StkError): boolean {
  return error.cause === NOT_KNOWN;
}
