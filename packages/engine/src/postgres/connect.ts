import { DEFAULT_LIMITS } from '@santokit/contract';
import postgres from 'postgres';
import type { Database, QueryOptions, QueryResult } from '../database.ts';
import { type ConnectionTarget, parseConnectionUrl } from './connection-url.ts';
import { databaseError, isCancellation } from './database-error.ts';
import { DRIVER_TYPES } from './driver-types.ts';
import { type RunningStatement, StatementWatch, timedOut } from './statement-watch.ts';

export interface ConnectOptions {
  readonly url: string;
  readonly poolMax?: number;
  readonly statementTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly applicationName?: string;
}

/** A request that waits for a reconnect is to fail soon, so the driver's backoff (up to 20 s) is cut short. */
const MAX_BACKOFF_SECONDS = 1;
/** `simple` would be the driver's choice where there are no parameters, and `prepare` off its default; its types know only one of them. */
const PREPARED: object = { prepare: true, simple: false };
const UNPREPARED: object = { prepare: false, simple: false };

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
  readonly #watch = new StatementWatch();

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#target = parseConnectionUrl(options.url);
    this.#statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_LIMITS.queryTimeoutMs;
    this.#max = options.poolMax ?? 10;
    this.#pool = postgres({
      ...driverOptions(this.#target, options),
      max: this.#max,
      fetch_types: false,
      types: DRIVER_TYPES,
      connection: startupSettings(options, this.#statementTimeoutMs),
    });
  }

  get sql(): postgres.Sql {
    this.#schemaPool ??= postgres({
      ...driverOptions(this.#target, this.#options),
      max: 2,
      fetch_types: true,
      connection: startupSettings(this.#options, 0),
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
    return this.#run({ text, params, options, isRetry: false });
  }

  async close(graceMs: number): Promise<void> {
    const timeout = graceMs / 1_000;
    await Promise.all([this.#pool.end({ timeout }), this.#schemaPool?.end({ timeout })]);
  }

  #run(run: Run): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      const { text, params, options } = run;
      // The driver writes serialised parameters back into the array that it is given.
      const statement = this.#pool.unsafe(text, params.slice(), options.prepare === false ? UNPREPARED : PREPARED);
      const running = this.#watch.start({
        timeoutMs: Math.min(options.timeoutMs ?? this.#statementTimeoutMs, this.#statementTimeoutMs),
        signal: options.signal,
        cancel: () => statement.cancel(),
        giveUp: reject,
      });
      statement.values().then(
        (rows) => {
          this.#watch.finish(running);
          resolve({ rows: rows as unknown as QueryResult['rows'], affected: rows.count });
        },
        (thrown) => {
          this.#watch.finish(running);
          this.#failed(thrown, running, run).then(resolve, reject);
        },
      );
    });
  }

  /** What a failed statement comes to. @throws what it is reported as */
  async #failed(thrown: unknown, running: RunningStatement, run: Run): Promise<QueryResult> {
    if (!isCancellation(thrown)) throw databaseError(thrown);
    if (running.reason !== undefined) throw running.reason;
    // A cancel request names a connection, not a statement: it may arrive when the next one in the pipeline runs.
    // A cancelled statement did nothing, so it is safe to run it again.
    if (!run.isRetry && !running.isNearlyOver) return await this.#run({ ...run, isRetry: true });
    throw timedOut();
  }
}

interface Run {
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly options: QueryOptions;
  /** Whether it was cancelled by mistake before. */
  readonly isRetry: boolean;
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
function startupSettings(options: ConnectOptions, statementTimeoutMs: number): Record<string, string> {
  return {
    application_name: options.applicationName ?? 'santokit',
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '3',
    standard_conforming_strings: 'on',
    statement_timeout: String(statementTimeoutMs),
  };
}
