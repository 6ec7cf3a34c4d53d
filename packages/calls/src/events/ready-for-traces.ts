import type { Database } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import { type EntriesRelease, outboxesOf } from './outboxes-of.ts';

/**
 * Has the tables of events, where there are any, name the traces that events are part of, before the first call asks for it: one in a
 * transaction could not wait for that. Never rejects.
 */
export async function readyForTraces(
  served: EntriesRelease,
  databases: ReadonlyMap<string, Database>,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  for (const { connection, database, outbox } of outboxesOf(served, databases)) {
    try {
      if ((await outbox.keepsTraces(database)) || !(await outbox.exists(database))) continue;
      logger.warn(
        { connection },
        'Handlers of events are in traces of their own: santokit.outbox cannot be given its new column',
      );
    } catch {
      // A database that is away is told of by the calls that need it.
    }
  }
}
