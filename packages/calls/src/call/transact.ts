import type { Limits } from '@santokit/contract';
import type { CancelSignal, Database, Engine, Transaction, TransactionOptions } from '@santokit/engine';

export interface TransactionRequest {
  readonly engine: Engine;
  readonly database: Database;
  /** Makes the answer. */
  readonly work: (transaction: Transaction) => Promise<string>;
  readonly options: TransactionOptions;
}

/** Runs work that makes an answer in a transaction, and gives the answer once it is committed. */
export type Transact = (request: TransactionRequest) => Promise<string>;

export const transactPlainly: Transact = ({ database, work, options }) => database.transaction(work, options);

/** Each statement of a call may take as long as one alone; all of them together, with the waiting between them, twice as long. */
export function transactionOptions(
  limits: Limits,
  signal: CancelSignal | undefined,
  isolation: NonNullable<TransactionOptions['isolation']>,
): TransactionOptions {
  return { isolation, timeoutMs: limits.queryTimeoutMs * 2, ...(signal === undefined ? {} : { signal }) };
}
