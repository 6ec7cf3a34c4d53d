import { StkError } from '@santokit/contract';

/** A refusal that says no more than which credential it is about. */
export function unauthorized(message: string): StkError {
  return new StkError('UNAUTHORIZED', message);
}
