import { type Database, engineNamed } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import type { ServedRelease } from '../call/served-release.ts';

/**
 * Has the tables of events, where there are any, name the traces that events are part of, before the first call asks for it: one in a
 * transaction could not wait for that. Never rejects.
 */
export async function readyForTraces(
  { events, cascades, release }: Pick<ServedRelease, 'events' | 'cascades' | 'release'>,
  databases: ReadonlyMap<string, Database>,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  if (events === undefined && cascades === undefined) return;
  for (const [connection, database] of databases) {
    const engine = release.connections[connection]?.engine;
    if (engine === undefined) continue;
    const { outbox } = engineNamed(engine);
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
