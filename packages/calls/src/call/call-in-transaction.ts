import { DatabaseError } from '@santokit/engine';
import { textOf } from './answer.ts';
import { type CallRequest, call } from './call.ts';
import { placeOf } from './call-place.ts';
import { type Transact, transactionOptions } from './transact.ts';

export interface CallInTransactionRequest extends Omit<CallRequest, 'transaction'> {
  readonly transact: Transact;
}

/**
 * Runs one call in a transaction of its own. Whether the caller may make it at all is asked before, so that `transact` may answer
 * without making it.
 * @throws StkError for everything that can go wrong
 */
export async function callInTransaction(
  request: CallInTransactionRequest,
): Promise<{ readonly body: string; readonly planHit?: boolean }> {
  const { served, signal, transact } = request;
  const place = placeOf(request);
  let planHit: boolean | undefined;
  try {
    const body = await transact({
      engine: place.engine,
      database: place.database(),
      options: transactionOptions(served.limits, signal, place.isolation),
      work: async (transaction) => {
        const answer = await call({ ...request, transaction });
        ({ planHit } = answer);
        return textOf(answer.body);
      },
    });
    return planHit === undefined ? { body } : { body, planHit };
  } catch (thrown) {
    // The commit was refused, by a constraint that is checked last.
    if (thrown instanceof DatabaseError) throw place.refusal(thrown);
    throw thrown;
  }
}
