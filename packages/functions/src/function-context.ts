/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A row by its columns, values in the forms of the API: `bigint` and `decimal` as strings, instants in ISO 8601. */
export type Row = { readonly [column: string]: Json };

/** Who calls. */
export interface CallerAuth {
  readonly type: 'user' | 'api_key';
  /** The end user's id; of an API key, and of an event or a job, null. */
  readonly sub: string | null;
  readonly roles: readonly string[];
  readonly claims: { readonly [claim: string]: Json };
}

export interface FunctionDatabase {
  /**
   * Runs one statement and gives its rows. Values are bound to `$1`, `$2`, …; a list becomes an array of the database, an object JSON.
   * @throws FunctionError what the database refused; nothing of a mutation is kept then, even if the function catches it
   */
  query<R = Row>(sql: string, params?: readonly unknown[]): Promise<R[]>;
}

export interface MutationDatabase extends FunctionDatabase {
  /** Runs one statement and says how many rows it wrote. @throws FunctionError what the database refused */
  exec(sql: string, params?: readonly unknown[]): Promise<{ readonly affected: number }>;
}

/** Writes a line to the Bridge's log, with the name of the function and the id of the request. */
export interface FunctionLog {
  (message: string, fields?: { readonly [field: string]: unknown }): void;
  debug(message: string, fields?: { readonly [field: string]: unknown }): void;
  info(message: string, fields?: { readonly [field: string]: unknown }): void;
  warn(message: string, fields?: { readonly [field: string]: unknown }): void;
  error(message: string, fields?: { readonly [field: string]: unknown }): void;
}

/** The event that a handler was called for. */
export interface FunctionEvent {
  /** The same each time that the event is delivered. */
  readonly id: string;
  readonly payload: { readonly [field: string]: Json };
  readonly topic?: string;
  /** RFC 3339. */
  readonly publishedAt?: string;
}

/** What a query is given: it reads, in one read-only transaction. */
export interface QueryContext {
  readonly auth: CallerAuth;
  readonly env: string;
  readonly db: FunctionDatabase;
  readonly log: FunctionLog;
  /** Absent unless an event called. */
  readonly event?: FunctionEvent;
  /**
   * Makes another call (`db/posts/select`, `logics/users/byEmail`) in the same transaction, as the same caller and with no more
   * permissions than theirs.
   * @returns the `data` of its answer
   * @throws FunctionError as the caller would be refused
   */
  call<T = Json>(path: string, params?: { readonly [param: string]: unknown }): Promise<T>;
}

/** What a mutation is given: its transaction is rolled back when it throws. */
export interface MutationContext extends QueryContext {
  readonly db: MutationDatabase;
  /** Writes an event that exists exactly when the transaction is committed. @returns its id */
  publish(topic: string, payload: { readonly [field: string]: unknown }): Promise<{ readonly id: string }>;
}
