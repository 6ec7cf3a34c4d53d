import { StkError, toStkError } from '@santokit/contract';
import { DatabaseError, type Transaction } from '@santokit/engine';
import { BatchAnswer } from './batch-answer.ts';
import type { BatchRequest } from './batch-request.ts';
import { call } from './call.ts';
import { type CallPlace, placeOf } from './call-place.ts';
import { type Transact, transactionOptions } from './transact.ts';

/**
 * Runs calls one after another in one transaction, each seeing what those before it wrote, and gives their answers in order:
 * `{"results":[…]}`.
 * @throws StkError the first error, with `details.call` the index of its call; nothing of the batch is done then
 */
export async function callTogether(batch: BatchRequest & { readonly transact: Transact }): Promise<string> {
  const { served, signal, transact } = batch;
  // Before anything is done, and before the answer of a batch that was done before may be given again.
  const places = placesOf(batch);
  const [first] = places;
  if (first === undefined) throw new StkError('BAD_REQUEST', 'A batch has at least one call');
  try {
    const work = (transaction: Transaction) => runAll(batch, transaction);
    const options = transactionOptions(served.limits, signal, strictestIsolation(places));
    return await transact({ engine: first.engine, database: first.database(), work, options });
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    // The commit was refused, by a constraint that is checked last: it is put down to the last call that can have broken it.
    const culprit = places.findLastIndex((place) => place.isAbout(thrown.table));
    const index = culprit === -1 ? places.length - 1 : culprit;
    throw ofCall(index, (places[index] ?? first).refusal(thrown));
  }
}

/** What every path leads to. @throws StkError when one leads nowhere, to what the caller may not do, or to another connection than the first */
function placesOf(batch: BatchRequest): readonly CallPlace[] {
  let connection: string | undefined;
  return batch.calls.map(({ path, params }, index) => {
    try {
      const place = placeOf({ ...batch, path, params });
      connection ??= place.connection;
      if (place.connection === connection) return place;
    } catch (thrown) {
      throw ofCall(index, thrown);
    }
    const message = `calls[${index}] is about another database, which a transaction cannot span`;
    throw ofCall(index, new StkError('BAD_REQUEST', message));
  });
}

function strictestIsolation(places: readonly CallPlace[]): CallPlace['isolation'] {
  const order = ['read committed', 'repeatable read', 'serializable'] as const;
  return order.findLast((isolation) => places.some((place) => place.isolation === isolation)) ?? 'read committed';
}

async function runAll(batch: BatchRequest, transaction: Transaction): Promise<string> {
  const answer = new BatchAnswer(batch.served.limits.answerBytes);
  for (const [index, { path, params }] of batch.calls.entries())
    try {
      const { body, planHit } = await call({ ...batch, transaction, path, params });
      batch.onOutcome(planHit === undefined ? { path } : { path, planHit });
      answer.set(index, body);
      answer.requireSize();
    } catch (thrown) {
      const error = ofCall(index, thrown);
      batch.onOutcome({ path, error });
      throw error;
    }
  return answer.text();
}

function ofCall(index: number, thrown: unknown): StkError {
  const { code, message, details, cause } = toStkError(thrown);
  return new StkError(code, message, { ...details, call: index }, { cause });
}
