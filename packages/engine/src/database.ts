import type { Sql } from 'postgres';

/** One row as the server sent it: each column's text, or null. */
export type RawRow = readonly (string | null)[];

export interface QueryResult {
  readonly rows: readonly RawRow[];
  /** Rows that the statement read, inserted, updated or deleted, as the server counted them. */
  readonly affected: number;
}

export interface QueryOptions {
  /** Time until the statement is cancelled in the database; default: the pool's own. */
  readonly timeoutMs?: number;
  /** Cancels the statement in the database when it fires. */
  readonly signal?: CancelSignal;
  /** Whether the server keeps the statement under a name, for texts that come again. Default true. */
  readonly prepare?: boolean;
}

/** The part of an `AbortSignal` that matters here; one that is made for every request can be had for less. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: { handleEvent(): void }, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: { handleEvent(): void }): void;
}

/**
 * A pool of connections to one database. Parameters and columns travel as text in the engine's own notation, so that
 * what is written and what is read is decided by the statement and by nobody in between.
 */
export interface Database {
  /**
   * Runs one statement.
   * @throws StkError `QUERY_TIMEOUT` when it was cancelled, `SERVICE_UNAVAILABLE` when the database cannot be reached,
   * else the engine's error as a `DatabaseError`.
   */
  query(text: string, params: readonly (string | null)[], options?: QueryOptions): Promise<QueryResult>;
  /** Resolves when the database answers. @throws StkError `SERVICE_UNAVAILABLE` */
  ping(): Promise<void>;
  /** Statements in flight and the most connections that the pool opens. */
  activity(): { readonly active: number; readonly max: number };
  /** Refuses new statements, waits up to `graceMs` for those in flight, then closes every connection. */
  close(graceMs: number): Promise<void>;
  /**
   * The driver itself with its ordinary conversions, for introspection and DDL: a pool of its own that opens on first use
   * and has no statement timeout, so that a long index build neither starves calls nor dies by their limit.
   */
  readonly sql: Sql;
}

/**
 * An error that the database reported. It holds no value of a row or parameter: `message` is kept for classes of errors
 * whose text names objects only.
 */
export class DatabaseError extends Error {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;

  constructor(fields: DatabaseErrorFields) {
    super(fields.message);
    this.name = 'DatabaseError';
    this.code = fields.code;
    this.constraint = fields.constraint;
    this.table = fields.table;
    this.column = fields.column;
  }
}

export interface DatabaseErrorFields {
  readonly message: string;
  readonly code: string;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
}
