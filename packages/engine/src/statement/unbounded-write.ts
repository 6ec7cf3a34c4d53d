import { StkError } from '@santokit/contract';

/** A write that reaches every row must say so, so that a forgotten condition does no harm. */
export function unboundedWrite(): StkError {
  return new StkError('BAD_REQUEST', 'where is absent or always true; "all": true says that every row is meant');
}
