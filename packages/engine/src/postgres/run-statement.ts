import type postgres from 'postgres';
import type { QueryOptions, QueryResult } from '../database.ts';
import { databaseError, isCancellation } from './database-error.ts';
import { type RunningStatement, type StatementWatch, timedOut } from './statement-watch.ts';

export interface StatementRun {
  readonly sql: Pick<postgres.Sql, 'unsafe'>;
  readonly watch: StatementWatch;
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly options: QueryOptions;
  /** The most time that `options` may ask for. */
  readonly mostMs: number;
  /**
   * Whether it is run once more when it was cancelled by mistake: a cancel request names a connection, not a statement, and may
   * arrive when the next one in the pipeline runs. A cancelled statement did nothing, but has ended the transaction that it was in.
   */
  readonly mayRunAgain: boolean;
}

/**
 * Sends a statement and gives what comes of it.
 * @throws StkError `QUERY_TIMEOUT` or `SERVICE_UNAVAILABLE`, else the engine's error as a `DatabaseError`
 */
export async function runStatement(run: StatementRun): Promise<QueryResult> {
  const { watch, options, mostMs } = run;
  const statement = prepareStatement(run.sql, run);
  const timeoutMs = Math.min(options.timeoutMs ?? mostMs, mostMs);
  const running = watch.start(statement, timeoutMs, options.signal);
  try {
    const rows = await statement.values().send();
    return {
      rows: rows as unknown as QueryResult['rows'],
      affected: rows.count,
      fields: rows.columns as unknown as QueryResult['fields'],
    };
  } catch (thrown) {
    return await afterFailure(thrown, running, run);
  } finally {
    watch.finish(running);
  }
}

/**
 * A statement as the driver takes it, not sent yet. `simple` would be the driver's choice where there are no parameters, and `prepare` off
 * its default. All parameters are texts, so the statement alone says which prepared one is meant.
 */
export function prepareStatement(
  sql: StatementRun['sql'],
  { text, params, options: { prepare, reader, isBrief } }: Pick<StatementRun, 'text' | 'params' | 'options'>,
) {
  const options: object = { prepare: prepare !== false, simple: false, signature: text, reader, brief: isBrief };
  // The driver writes serialised parameters back into the array that it is given.
  return sql.unsafe(text, params.slice(), options);
}

/** What a failed statement comes to. @throws what it is reported as */
async function afterFailure(thrown: unknown, running: RunningStatement, run: StatementRun): Promise<QueryResult> {
  if (thrown === running.reason) throw thrown;
  if (!isCancellation(thrown)) throw databaseError(thrown);
  if (running.reason !== undefined) throw running.reason;
  if (!run.mayRunAgain || running.isNearlyOver) throw timedOut();
  run.options.reader?.restart();
  return await runStatement({ ...run, mayRunAgain: false, mostMs: running.leftMs });
}
