import { DEFAULT_LIMITS, StkError } from '@santokit/contract';
import postgres from 'postgres';
import type { Database, QueryOptions, QueryResult } from '../database.ts';
import { type ConnectionTarget, parseConnectionUrl } from './connection-url.ts';
import { databaseError, isCancellation } from './database-error.ts';
import { DRIVER_TYPES } from './driver-types.ts';

export interface ConnectOptions {
  readonly url: string;
  readonly poolMax?: number;
  readonly statementTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly applicationName?: string;
}

/** After a cancel request was sent, how long the statement's own end is awaited before it is given up. */
const CANCEL_GRACE_MS = 2_000;
/** A request that waits for a reconnect is to fail soon, so the driver's backoff (up to 20 s) is cut short. */
const MAX_BACKOFF_SECONDS = 1;
const NO_ORIGIN = { value: '' };

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
  #active = 0;

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
    return { active: this.#active, max: this.#max };
  }

  async ping(): Promise<void> {
    await this.query('select 1', [], { timeoutMs: 5_000 });
  }

  async query(text: string, params: readonly (string | null)[], options: QueryOptions = {}): Promise<QueryResult> {
    this.#active++;
    try {
      return await this.#run(text, params, options, true);
    } finally {
      this.#active--;
    }
  }

  async close(graceMs: number): Promise<void> {
    const timeout = graceMs / 1_000;
    await Promise.all([this.#pool.end({ timeout }), this.#schemaPool?.end({ timeout })]);
  }

  async #run(
    text: string,
    params: readonly (string | null)[],
    options: QueryOptions,
    retryWhenCancelledByMistake: boolean,
  ): Promise<QueryResult> {
    const timeoutMs = Math.min(options.timeoutMs ?? this.#statementTimeoutMs, this.#statementTimeoutMs);
    const startedMs = performance.now();
    // The driver writes serialised parameters back into the array that it is given.
    const statement = this.#pool.unsafe(text, params.slice(), {
      prepare: options.prepare ?? true,
      simple: false,
    } as object);
    // Untagged statements that fail leave an entry in a global map of the driver (3.4.9, `Query.origin`) for good.
    Object.defineProperty(statement, 'origin', NO_ORIGIN);
    const end = new Cancellation(() => statement.cancel(), timeoutMs, options.signal);
    try {
      const rows = await Promise.race([statement.values(), end.gaveUp]);
      return { rows: rows as unknown as QueryResult['rows'], affected: rows.count };
    } catch (thrown) {
      if (end.reason !== undefined && (isCancellation(thrown) || thrown === end.reason)) throw end.reason;
      if (!isCancellation(thrown)) throw databaseError(thrown);
      // A cancel request names a connection, not a statement: it may arrive when the next one in the pipeline runs.
      // A cancelled statement did nothing, so it is safe to run it again.
      if (retryWhenCancelledByMistake && performance.now() - startedMs < timeoutMs * 0.9)
        return await this.#run(text, params, options, false);
      throw timedOut();
    } finally {
      end.dispose();
    }
  }
}

/** Cancels a statement when its time is up or its caller went away, and remembers which it was. */
class Cancellation {
  reason: StkError | undefined;
  /** Rejects with `reason` when the database does not end a cancelled statement either. */
  readonly gaveUp: Promise<never>;
  readonly #cancel: () => Promise<void> | null;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #timer: NodeJS.Timeout;
  #giveUp: (reason: StkError) => void = () => {};

  constructor(cancel: () => Promise<void> | null, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#cancel = cancel;
    this.#signal = signal;
    this.gaveUp = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    this.#timer = setTimeout(() => this.#start(timedOut()), timeoutMs);
    if (signal === undefined) return;
    this.#onAbort = () => this.#start(new StkError('SERVICE_UNAVAILABLE', 'The caller went away'));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #start(reason: StkError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(reason), CANCEL_GRACE_MS);
    // Whether the request could not be sent or was not heeded is the same: the grace ends.
    this.#cancel()?.catch(() => {});
  }
}

function timedOut(): StkError {
  return new StkError('QUERY_TIMEOUT', 'The query took too long and was cancelled');
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
