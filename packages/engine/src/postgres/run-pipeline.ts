import type postgres from 'postgres';
import type { CancelSignal, PipelinedStatement } from '../database.ts';
import { databaseError, isCancellation } from './database-error.ts';
import { prepareStatement } from './run-statement.ts';
import { type StatementWatch, timedOut, type WatchedStatement } from './statement-watch.ts';

export interface PipelineRun {
  readonly sql: postgres.TransactionSql;
  readonly watch: StatementWatch;
  readonly statements: readonly PipelinedStatement[];
  readonly signal: CancelSignal;
  /** The most time for all of them together. */
  readonly mostMs: number;
}

/** As `Transaction.queryAll` promises. Once one has failed the server refuses those behind it, so that one error tells of all. */
export async function runPipeline({ sql, watch, statements, signal, mostMs }: PipelineRun): Promise<void> {
  const pending = new Set<WatchedStatement>();
  const sent = statements.map(({ text, params, reader }) => {
    const statement = prepareStatement(sql, { text, params, options: { reader } });
    pending.add(statement);
    return statement;
  });
  const running = watch.start(
    {
      // Cancelling names the connection: the first that is not over is the one that runs.
      cancel: () => pending.values().next().value?.cancel() ?? null,
      reject: (reason) => {
        for (const statement of pending) statement.reject?.(reason);
      },
      drop: () => pending.values().next().value?.drop?.(),
    },
    mostMs,
    signal,
  );
  let first: { readonly thrown: unknown } | undefined;
  await Promise.all(
    sent.map((statement) =>
      statement.values().then(
        () => pending.delete(statement),
        (thrown: unknown) => {
          pending.delete(statement);
          first ??= { thrown };
        },
      ),
    ),
  );
  watch.finish(running);
  if (first === undefined) return;
  if (running.reason !== undefined) throw running.reason;
  throw isCancellation(first.thrown) ? timedOut() : databaseError(first.thrown);
}
