import type { Sql } from 'postgres';

/** One row as the server sent it: each column's text, or null. */
export type RawRow = readonly (string | null)[];

export interface QueryResult {
  readonly rows: readonly RawRow[];
  /** Rows that the statement read, inserted, updated or deleted, as the server counted them. */
  readonly affected: number;
  /** Undefined where the statement returns no rows at all. */
  readonly fields?: readonly ResultField[] | undefined;
}

/** A column of what came back. */
export interface ResultField {
  readonly name: string;
  /** The engine's own number of its type. */
  readonly type: number;
}

export interface QueryOptions {
  /** Time until the statement is cancelled in the database; default: the pool's own. */
  readonly timeoutMs?: number;
  /** Cancels the statement in the database when it fires. */
  readonly signal?: CancelSignal | undefined;
  /** Whether the server keeps the statement under a name, for texts that come again. Default true. */
  readonly prepare?: boolean;
  /** Takes the rows as they come; the result then holds none. */
  readonly reader?: RowReader | undefined;
  /** Whether it takes so little that it is better sent with others of its kind on one connection than each on its own. Default false. */
  readonly isBrief?: boolean | undefined;
}

/** In which format a statement's columns are sent, each 0 for text or 1 for binary. */
export type ColumnFormats = readonly (0 | 1)[];

/** Takes the rows of one statement, each as the bytes that the server sent, in the engine's own notation. Never throws. */
export interface RowReader {
  /**
   * @param message good until this returns, and no longer
   * @param formats of its columns; null: all are text
   */
  read(message: Buffer, formats: ColumnFormats | null): void;
  /** The formats that it wants columns in, asked for where they are known before the statement is run; null, or without it: text. */
  formatsOf?(columns: readonly ResultField[]): ColumnFormats | null;
  /** The statement is run from its beginning once more. */
  restart(): void;
}

/** The part of an `AbortSignal` that matters here; one that is made for every request can be had for less. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: { handleEvent(): void }, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: { handleEvent(): void }): void;
}

/** Where a statement can run: the pool, or one transaction. */
export interface Queryable {
  /**
   * Runs one statement.
   * @throws StkError `QUERY_TIMEOUT` when it was cancelled, `SERVICE_UNAVAILABLE` when the database cannot be reached,
   * else the engine's error as a `DatabaseError`.
   */
  query(text: string, params: readonly (string | null)[], options?: QueryOptions): Promise<QueryResult>;
}

/**
 * One connection's transaction. Its statements run one after another in the order in which they were asked for, and see what those
 * before them did. After one has failed nothing can be committed any more. What cancels a statement is the transaction's signal.
 */
export interface Transaction extends Queryable {
  query(text: string, params: readonly (string | null)[], options?: Omit<QueryOptions, 'signal'>): Promise<QueryResult>;
  /**
   * Runs statements one after another without waiting for the answer of one before the next is sent.
   * @throws the first failure
   */
  queryAll(statements: readonly PipelinedStatement[]): Promise<void>;
}

export interface PipelinedStatement {
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly reader?: RowReader | undefined;
}

export interface TransactionOptions {
  /** Default: read committed, whatever the database's and the role's defaults are. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Whether the server refuses writes. Default false. */
  readonly readOnly?: boolean;
  /** Time for all of it, waiting for a connection included; default: the pool's statement timeout, which each statement has too. */
  readonly timeoutMs?: number;
  /** Cancels the running statement and rolls back when it fires. */
  readonly signal?: CancelSignal;
}

/**
 * A pool of connections to one database. Parameters and columns travel as text in the engine's own notation, so that
 * what is written and what is read is decided by the statement and by nobody in between.
 */
export interface Database extends Queryable {
  /**
   * Runs `work` in a transaction of one connection: commits when it resolves, rolls back when it rejects, when time is up or when
   * the signal fires, and by then has done so when this settles. `work` must not ask this pool for anything else, or it may wait for
   * itself.
   * @returns what `work` resolved to, once it is committed
   * @throws whatever `work` threw, or the first failure of a statement; StkError `QUERY_TIMEOUT`; `SERVICE_UNAVAILABLE` when the
   * connection is lost, after which a commit that was under way may have happened or not
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
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
  /** The columns of the broken key, where the database tells them. */
  readonly keyColumns: readonly string[] | undefined;
  /** What the user's own code in the database raised, in its words; only logic may show it. */
  readonly raised: string | undefined;

  constructor(fields: DatabaseErrorFields) {
    super(fields.message);
    this.name = 'DatabaseError';
    this.code = fields.code;
    this.constraint = fields.constraint;
    this.table = fields.table;
    this.column = fields.column;
    this.keyColumns = fields.keyColumns;
    this.raised = fields.raised;
  }
}

/**
 * The statement and the database no longer fit each other: the schema has changed since the one was compiled or prepared. Nothing of the
 * statement was done.
 */
export class SchemaMismatch extends DatabaseError {
  /**
   * `schema`: what the statement names is not there; `own`: that is a table of Santokit's own, which is made when it is first needed;
   * `prepared`: only the statement's prepared form is of the past, and it can be prepared anew, or it met what a change of the schema has
   * there for the time being, and may pass when it is done again.
   */
  readonly of: 'schema' | 'own' | 'prepared';

  constructor(of: SchemaMismatch['of'], fields: DatabaseErrorFields) {
    super(fields);
    this.of = of;
  }
}

/** A write was not done, for its answer may be larger than it may be: what it comes to is only seen in a transaction. */
export class AnswerSizeUnknown extends DatabaseError {}

export interface DatabaseErrorFields {
  readonly message: string;
  readonly code: string;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly keyColumns?: readonly string[] | undefined;
  readonly raised?: string | undefined;
}
