import { StkError } from '@santokit/contract';
import type postgres from 'postgres';
import {
  DatabaseError,
  type PipelinedStatement,
  type QueryOptions,
  type QueryResult,
  type Transaction,
  type TransactionOptions,
} from '../database.ts';
import { databaseError, isCancellation } from './database-error.ts';
import { runPipeline } from './run-pipeline.ts';
import { runStatement } from './run-statement.ts';
import { CANCEL_GRACE_MS, type StatementWatch } from './statement-watch.ts';
import { TransactionEnd } from './transaction-end.ts';

const IN_FAILED_TRANSACTION = '25P02';

export interface TransactionRun<T> {
  readonly pool: postgres.Sql;
  readonly watch: StatementWatch;
  readonly statementTimeoutMs: number;
  readonly work: (transaction: Transaction) => Promise<T>;
  readonly options: TransactionOptions;
}

/** As `Database.transaction` promises. */
export async function runTransaction<T>(run: TransactionRun<T>): Promise<T> {
  const { pool, watch, statementTimeoutMs, work, options } = run;
  const end = new TransactionEnd(options.timeoutMs ?? statementTimeoutMs, options.signal);
  try {
    const sql = await begin(pool, options, end);
    const transaction = new OpenTransaction({ sql, end, watch, statementTimeoutMs });
    try {
      const value = await Promise.race([work(transaction), end.reached]);
      await transaction.settle();
      await transaction.commit();
      return value;
    } catch (thrown) {
      await transaction.rollback();
      throw transaction.reasonOf(thrown);
    }
  } finally {
    end.dispose();
  }
}

/**
 * Takes a connection and begins on it. The driver's own `begin` would send a `rollback` when its callback rejects, and to whomever the
 * connection belongs by then, if it was lost meanwhile. So its callback never settles: it tells here of the connection and, by
 * rejecting, of its loss; the connection is free again once the server says that it is in no transaction.
 */
async function begin(
  pool: postgres.Sql,
  options: TransactionOptions,
  end: TransactionEnd,
): Promise<postgres.TransactionSql> {
  const { isolation = 'read committed', readOnly = false } = options;
  if (end.reason !== undefined) throw end.reason;
  const mode = `isolation level ${isolation} ${readOnly ? 'read only' : 'read write'}`;
  const begun = hold({ pool, mode, end, mayBeginAgain: true });
  try {
    return await Promise.race([begun, end.reached]);
  } catch (thrown) {
    // The connection may still come, for nobody.
    begun.then(
      (sql) => rollback(sql),
      () => {},
    );
    throw thrown;
  }
}

interface Hold {
  readonly pool: postgres.Sql;
  readonly mode: string;
  readonly end: TransactionEnd;
  /** Whether it is tried once more when a request to cancel that was meant for the statement before has hit the begin. */
  readonly mayBeginAgain: boolean;
}

function hold(asked: Hold): Promise<postgres.TransactionSql> {
  const { pool, mode, end, mayBeginAgain } = asked;
  return new Promise((resolve, reject) => {
    let isBegun = false;
    const held = pool.begin(mode, (sql) => {
      isBegun = true;
      resolve(sql);
      return new Promise<never>(() => {});
    });
    held.catch((thrown: unknown) => {
      if (!isBegun && mayBeginAgain && isCancellation(thrown)) return resolve(hold({ ...asked, mayBeginAgain: false }));
      const error = databaseError(thrown);
      reject(error);
      if (error instanceof StkError) end.lost(error);
    });
  });
}

interface OpenTransactionOptions extends Pick<TransactionRun<unknown>, 'watch' | 'statementTimeoutMs'> {
  readonly sql: postgres.TransactionSql;
  readonly end: TransactionEnd;
}

class OpenTransaction implements Transaction {
  readonly #options: OpenTransactionOptions;
  #last: Promise<unknown> = Promise.resolve();
  #failure: { readonly thrown: unknown } | undefined;
  #isOver = false;

  constructor(options: OpenTransactionOptions) {
    this.#options = options;
  }

  query(text: string, params: readonly (string | null)[], options: QueryOptions = {}): Promise<QueryResult> {
    // One at a time: what waits on the driver's side of a transaction cannot be cancelled.
    return this.#next(() => this.#run(text, params, options));
  }

  queryAll(statements: readonly PipelinedStatement[]): Promise<void> {
    return this.#next(async () => {
      const { sql, watch, end, statementTimeoutMs } = this.#options;
      this.#mustBeOpen();
      await runPipeline({ sql, watch, statements, signal: end, mostMs: statementTimeoutMs });
    });
  }

  /** Awaits statements that nobody awaited. @throws the first failure, though `work` may have caught it: nothing can be committed then */
  async settle(): Promise<void> {
    await this.#last;
    const { reason } = this.#options.end;
    if (reason !== undefined) throw reason;
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  async commit(): Promise<void> {
    const { sql, statementTimeoutMs } = this.#options;
    this.#isOver = true;
    // Not by the caller, who could not be told whether it was in time.
    const committed = sql.unsafe('commit').then(({ command }) => command);
    const command = await within(committed, statementTimeoutMs + CANCEL_GRACE_MS).catch((thrown: unknown) => {
      throw databaseError(thrown);
    });
    if (command !== 'COMMIT') throw new StkError('SERVICE_UNAVAILABLE', 'The transaction could not be committed');
  }

  /** What ended the transaction: what is asked after a statement has failed is refused without a word of why. */
  reasonOf(thrown: unknown): unknown {
    const isFollowing = thrown instanceof DatabaseError && thrown.code === IN_FAILED_TRANSACTION;
    return isFollowing && this.#failure !== undefined ? this.#failure.thrown : thrown;
  }

  async rollback(): Promise<void> {
    const { sql, end } = this.#options;
    this.#isOver = true;
    end.abandon();
    await this.#last;
    await rollback(sql);
  }

  #next<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch((thrown: unknown) => {
      this.#failure ??= { thrown };
    });
    return result;
  }

  #mustBeOpen(): void {
    const { reason } = this.#options.end;
    if (reason !== undefined) throw reason;
    // A connection that was lost serves others when it is made anew.
    if (this.#isOver) throw new StkError('SERVICE_UNAVAILABLE', 'The transaction is over');
  }

  async #run(text: string, params: readonly (string | null)[], options: QueryOptions): Promise<QueryResult> {
    const { sql, watch, end, statementTimeoutMs } = this.#options;
    this.#mustBeOpen();
    return await runStatement({
      sql,
      watch,
      text,
      params,
      options: { ...options, signal: end },
      mostMs: statementTimeoutMs,
      mayRunAgain: false,
    });
  }
}

/** A cancel request that comes late may meet the rollback. Where even this fails, the server's bound on idle transactions is left. */
const MOST_ROLLBACKS = 3;

/** Does nothing where the transaction is over already: the connection is lost, or a commit failed. */
async function rollback(sql: postgres.TransactionSql): Promise<void> {
  for (let attempt = 0; attempt < MOST_ROLLBACKS && sql.holds(); attempt++)
    try {
      await within(sql.unsafe('rollback'), CANCEL_GRACE_MS);
    } catch (thrown) {
      if (!isCancellation(thrown)) return;
    }
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
