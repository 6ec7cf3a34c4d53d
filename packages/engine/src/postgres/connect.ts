import { DEFAULT_LIMITS } from '@santokit/contract';
import postgres from 'postgres';
import type { Database, QueryOptions, QueryResult, Transaction, TransactionOptions } from '../database.ts';
import { type ConnectionTarget, parseConnectionUrl } from './connection-url.ts';
import { DRIVER_TYPES } from './driver-types.ts';
import { KEEP_MEMORY } from './keep-memory.ts';
import { runStatement } from './run-statement.ts';
import { runTransaction } from './run-transaction.ts';
import { StatementWatch } from './statement-watch.ts';

export interface ConnectOptions {
  readonly url: string;
  readonly poolMax?: number;
  readonly statementTimeoutMs?: number;
  /** How long a transaction may do nothing before the server ends its connection, and with it its locks. */
  readonly idleInTransactionTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly applicationName?: string;
  /** Told how long each statement took, its wait for a connection included. */
  readonly onStatementEnd?: (durationMs: number) => void;
}

const IDLE_IN_TRANSACTION_MS = 30_000;
/** A request that waits for a reconnect is to fail soon, so the driver's backoff (up to 20 s) is cut short. */
const MAX_BACKOFF_SECONDS = 1;

/**
 * Opens a pool; nothing is connected before the first statement.
 * @throws StkError `BAD_REQUEST` for a malformed URL
 */
export function connect(options: ConnectOptions): Database {
  return new PostgresDatabase(options);
}

class PostgresDatabase implements Database {
  readonly #options: ConnectOptions;
  readonly #target: ConnectionTarget;
  readonly #statementTimeoutMs: number;
  readonly #max: number;
  readonly #pool: postgres.Sql;
  #schemaPool: postgres.Sql | undefined;
  readonly #watch: StatementWatch;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#watch = new StatementWatch(options.onStatementEnd);
    this.#target = parseConnectionUrl(options.url);
    this.#statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_LIMITS.queryTimeoutMs;
    this.#max = options.poolMax ?? 10;
    this.#pool = postgres({
      ...driverOptions(this.#target, options),
      max: this.#max,
      fetch_types: false,
      types: DRIVER_TYPES,
      prelude: KEEP_MEMORY,
      connection: startupSettings(options, {
        statement_timeout: this.#statementTimeoutMs,
        idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_MS,
      }),
    });
  }

  get sql(): postgres.Sql {
    this.#schemaPool ??= postgres({
      ...driverOptions(this.#target, this.#options),
      max: 2,
      fetch_types: true,
      connection: startupSettings(this.#options, { statement_timeout: 0 }),
    });
    return this.#schemaPool;
  }

  activity(): { active: number; max: number } {
    return { active: this.#watch.size, max: this.#max };
  }

  async ping(): Promise<void> {
    await this.query('select 1', [], { timeoutMs: 5_000 });
  }

  query(text: string, params: readonly (string | null)[], options: QueryOptions = {}): Promise<QueryResult> {
    return runStatement({
      sql: this.#pool,
      watch: this.#watch,
      text,
      params,
      options,
      mostMs: this.#statementTimeoutMs,
      mayRunAgain: true,
    });
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return runTransaction({
      pool: this.#pool,
      watch: this.#watch,
      statementTimeoutMs: this.#statementTimeoutMs,
      work,
      options,
    });
  }

  async close(graceMs: number): Promise<void> {
    const timeout = graceMs / 1_000;
    await Promise.all([this.#pool.end({ timeout }), this.#schemaPool?.end({ timeout })]);
  }
}

/** Options with defaults of the driver are spelled out, because it would look for them in the process's environment. */
function driverOptions(target: ConnectionTarget, options: ConnectOptions) {
  return {
    host: target.host,
    port: target.port,
    ...(target.path === undefined ? {} : { path: target.path }),
    database: target.database,
    username: target.user,
    password: () => target.password,
    ssl: target.ssl,
    prepare: true,
    connect_timeout: Math.max(1, Math.ceil((options.connectTimeoutMs ?? 5_000) / 1_000)),
    idle_timeout: 300,
    max_lifetime: 3_600,
    max_pipeline: 100,
    keep_alive: 60,
    publications: '',
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, MAX_BACKOFF_SECONDS),
    debug: false,
    onnotice: () => {},
  } as const;
}

/** Settings that fix how the server prints values, whatever the database's and the role's defaults are. */
function startupSettings(options: ConnectOptions, boundsMs: Record<string, number>): Record<string, string> {
  return {
    application_name: options.applicationName ?? 'santokit',
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '3',
    standard_conforming_strings: 'on',
    ...Object.fromEntries(Object.entries(boundsMs).map(([name, ms]) => [name, String(ms)])),
  };
}
