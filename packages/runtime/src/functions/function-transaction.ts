import { StkError } from '@santokit/contract';
import type {
  Database,
  PipelinedStatement,
  QueryOptions,
  QueryResult,
  Transaction,
  TransactionOptions,
} from '@santokit/engine';

/**
 * The transaction of one function. It begins with the first statement, or ahead of it beside what the function does before: a function
 * that asks the database for nothing has none.
 */
export class FunctionTransaction implements Transaction {
  /** Rejects when it ended by itself: time is up, the caller went away, the connection is lost. */
  readonly lost: Promise<never>;
  readonly #database: Database;
  readonly #options: TransactionOptions;
  readonly #outcome: Promise<void>;
  #opened: Promise<Transaction> | undefined;
  #whole: Promise<void> | undefined;
  #wasAsked = false;
  #hasFailed = false;
  #isOver = false;
  #commit: () => void = () => {};
  #rollback: (reason: unknown) => void = () => {};
  #lose: (reason: unknown) => void = () => {};

  constructor(database: Database, options: TransactionOptions) {
    this.#database = database;
    this.#options = options;
    this.#outcome = new Promise((resolve, reject) => {
      this.#commit = resolve;
      this.#rollback = reject;
    });
    this.lost = new Promise((_, reject) => {
      this.#lose = reject;
    });
    // Nobody may be waiting for them at the time.
    this.#outcome.catch(() => {});
    this.lost.catch(() => {});
  }

  /** Whether the function asked the database for anything. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** Begins ahead of the first statement. What goes wrong is told there. */
  begin(): void {
    this.#open().catch(() => {});
  }

  async query(
    text: string,
    params: readonly (string | null)[],
    options?: Omit<QueryOptions, 'signal'>,
  ): Promise<QueryResult> {
    return await this.#ask((transaction) => transaction.query(text, params, options));
  }

  async queryAll(statements: readonly PipelinedStatement[]): Promise<void> {
    await this.#ask((transaction) => transaction.queryAll(statements));
  }

  async #ask<T>(ask: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#wasAsked = true;
    try {
      return await ask(await this.#open());
    } catch (thrown) {
      this.#hasFailed = true;
      throw thrown;
    }
  }

  /** Nobody waits for the end of what changed nothing. @throws the first failure of a statement, though it may have been caught */
  async commit(): Promise<void> {
    this.#isOver = true;
    this.#commit();
    const changedNothing = !this.#wasAsked || (this.#options.readOnly === true && !this.#hasFailed);
    if (!changedNothing) await this.#whole;
  }

  async rollback(reason: unknown): Promise<void> {
    this.#isOver = true;
    this.#rollback(reason);
    await this.#whole?.catch(() => {});
  }

  #open(): Promise<Transaction> {
    if (this.#isOver) return Promise.reject(new StkError('SERVICE_UNAVAILABLE', 'The transaction is over'));
    this.#opened ??= new Promise((resolve, reject) => {
      this.#whole = this.#database.transaction((transaction) => {
        resolve(transaction);
        return this.#outcome;
      }, this.#options);
      this.#whole.catch((thrown: unknown) => {
        reject(thrown);
        this.#lose(thrown);
      });
    });
    return this.#opened;
  }
}
