import { type Call, type Json, type Limits, StkError } from '@santokit/contract';
import { callOf, isObject } from './parse-call.ts';

export interface Batch {
  readonly calls: readonly Call[];
  /** Whether all calls are to be done or none. */
  readonly transaction: boolean;
}

/** What a batch calls. @throws StkError `BAD_REQUEST` that names the first malformed call by its index */
export function parseBatch(body: Json, { batchCalls }: Limits): Batch {
  if (!isObject(body)) throw new StkError('BAD_REQUEST', 'The body must be an object with calls and transaction');
  const { calls, transaction = false, ...rest } = body;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new StkError(
      'BAD_REQUEST',
      `The body holds calls and transaction, not ${JSON.stringify(unknown.slice(0, 100))}`,
    );
  if (typeof transaction !== 'boolean') throw new StkError('BAD_REQUEST', 'transaction must be true or false');
  if (!Array.isArray(calls) || calls.length === 0)
    throw new StkError('BAD_REQUEST', 'calls must be a list of at least one call');
  if (calls.length > batchCalls)
    throw new StkError('BAD_REQUEST', `calls must be at most ${batchCalls}, not ${calls.length}`);
  return { calls: calls.map(callAt), transaction };
}

function callAt(envelope: Json, index: number): Call {
  try {
    return callOf(envelope, `calls[${index}]`);
  } catch (thrown) {
    if (!(thrown instanceof StkError)) throw thrown;
    throw new StkError(thrown.code, thrown.message, { call: index });
  }
}
