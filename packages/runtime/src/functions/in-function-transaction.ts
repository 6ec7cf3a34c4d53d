import { type CancelSignal, type Database, DatabaseError, type Transaction } from '@santokit/engine';
import type { CallableFunction } from '../callable-logic.ts';
import { FUNCTION_LIMITS } from './function-limits.ts';
import { FunctionTransaction } from './function-transaction.ts';

export interface FunctionPlace {
  readonly callable: CallableFunction;
  readonly database: Database;
  /** Fires when the caller went away. */
  readonly signal?: CancelSignal | undefined;
}

/** The functions whose last call asked the database for something, as the next one will. */
const asking = new WeakSet<CallableFunction>();

/**
 * Runs a function in a transaction of its own: read-only for a query, rolled back where `work` rejects.
 * @param work calls `onStart` when it is the function's turn, so that the transaction begins beside it
 * @returns what `work` resolved to
 * @throws StkError for what the database refused, and whatever `work` threw
 */
export async function inFunctionTransaction<T>(
  { callable, database, signal }: FunctionPlace,
  work: (transaction: Transaction, onStart: () => void) => Promise<T>,
): Promise<T> {
  const { engine, tables, logic } = callable;
  const readOnly = logic.mode === 'query';
  const transaction = new FunctionTransaction(database, {
    readOnly,
    // What is left after the function has its time is for the commit.
    timeoutMs: 2 * FUNCTION_LIMITS.timeMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const begin = () => {
    if (asking.has(callable)) transaction.begin();
  };
  try {
    const result = await Promise.race([work(transaction, begin), transaction.lost]);
    await transaction.commit();
    return result;
  } catch (thrown) {
    await transaction.rollback(thrown);
    // The commit was refused, or a statement that the function did not wait for.
    throw thrown instanceof DatabaseError ? engine.logic.refusal(thrown, { tables, readOnly }) : thrown;
  } finally {
    if (transaction.wasAsked) asking.add(callable);
    else asking.delete(callable);
  }
}
