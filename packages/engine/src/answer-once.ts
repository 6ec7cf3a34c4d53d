import type { Database, Transaction, TransactionOptions } from './database.ts';

/** A write that is to be done once however often it is asked for. */
export interface OnceRequest {
  readonly database: Database;
  /** Who asks; nobody is ever given another's answer. */
  readonly caller: string;
  /** The caller's own name for this write. */
  readonly key: string;
  /** Tells what is asked for from everything else. */
  readonly requestHash: string;
  /** Does the write and gives its answer, which is kept in the same transaction. */
  readonly work: (transaction: Transaction) => Promise<string>;
  readonly options: TransactionOptions;
}

export type OnceOutcome =
  | {
      readonly kind: 'answered';
      readonly answer: string /** Whether it was kept from before. */;
      readonly isReplay: boolean;
    }
  /** Another one of the same caller and key is not finished. */
  | { readonly kind: 'running' }
  /** The key stands for something else that the caller asked for. */
  | { readonly kind: 'other_request' };
