import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '@santokit/contract';
import { KEEP_MEMORY } from '@santokit/engine';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** The Hub's own database, or a transaction in it. */
export type StoreDb = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>;

export interface Store {
  readonly db: StoreDb;
  /** The driver: for what drizzle has no words for, such as LISTEN. */
  readonly sql: postgres.Sql;
  close(): Promise<void>;
}

const POOL_MAX = 10;
const STATEMENT_TIMEOUT_MS = 15_000;
/** After which it is asked whether a statement takes long or the network loses everything. */
const SILENCE_SECONDS = 2;
/** Within which the server tells that it has cancelled a statement. */
const CANCEL_GRACE_MS = 3_000;

export interface StoreOptions {
  /** Default 15,000. */
  readonly statementTimeoutMs?: number;
}

/** Opens the pools of the Hub's own database; nothing is connected before the first statement. */
export function openStore(databaseUrl: string, options: StoreOptions = {}): Store {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const answersAnybody = aliveness(databaseUrl);
  const mostLooks = (statementTimeoutMs + CANCEL_GRACE_MS) / (SILENCE_SECONDS * 1_000);
  const sql = postgres(databaseUrl, {
    ...driverOptions({ max: POOL_MAX, statementTimeoutMs }),
    prelude: KEEP_MEMORY,
    silence: {
      seconds: SILENCE_SECONDS,
      // What would have been cancelled long ago has got lost on the way, whoever else is answered.
      isAlive: async (looks) => looks <= mostLooks && (await answersAnybody()),
    },
  });
  return {
    db: drizzle(sql, { casing: 'snake_case' }),
    sql,
    async close() {
      // Requests are over by now; only a connection that was lost while it listened would be waited for.
      await sql.end({ timeout: 2 });
    },
  };
}

/** Asks over a connection of its own whether the database answers anybody; once for all that ask meanwhile. Never rejects. */
function aliveness(databaseUrl: string): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  return async () => {
    asked ??= answers(databaseUrl).finally(() => {
      asked = undefined;
    });
    return await asked;
  };
}

async function answers(databaseUrl: string): Promise<boolean> {
  const options = driverOptions({ max: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const probe = postgres(databaseUrl, { ...options, connect_timeout: SILENCE_SECONDS, fetch_types: false });
  const late = new AbortController();
  try {
    const isLate = sleep(SILENCE_SECONDS * 1_000, false, { signal: late.signal });
    return await Promise.race([probe`select 1`.then(() => true), isLate]);
  } catch (error) {
    // One that refuses is there.
    return error instanceof postgres.PostgresError;
  } finally {
    late.abort();
    void probe.end({ timeout: 0 });
  }
}

/** Of `json` and `jsonb`. The driver's own reading loses names of one escape. */
const JSON_AS_WRITTEN = {
  to: 114,
  from: [114, 3802],
  serialize: (value: unknown) => JSON.stringify(value),
  parse: (text: string) => parseJson(text),
};

/** How the Hub connects to its own database, in every pool. */
export function driverOptions(options: { max: number; statementTimeoutMs: number }) {
  return {
    types: { json: JSON_AS_WRITTEN },
    max: options.max,
    connect_timeout: 5,
    idle_timeout: 60,
    // A request that comes right after an outage is to be served; the driver's own backoff grows to 20 s.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    onnotice: () => {},
    connection: { application_name: 'santokit-hub', TimeZone: 'UTC', statement_timeout: options.statementTimeoutMs },
  } as const;
}
