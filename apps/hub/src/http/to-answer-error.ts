import { StkError, toStkError } from '@santokit/contract';
import { HTTPException } from 'hono/http-exception';
import { storeError } from '../store/store-error.ts';

/** What any `thrown` is answered with. */
export function toAnswerError(thrown: unknown): StkError {
  if (thrown instanceof StkError) return thrown;
  // The client hung up in the middle of its body: nobody reads the answer, and nothing is wrong here.
  if (thrown instanceof HTTPException && thrown.status < 500)
    return new StkError('BAD_REQUEST', 'The request is not valid');
  return storeError(thrown) ?? toStkError(thrown);
}
