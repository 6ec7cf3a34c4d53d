import { type Database, engineNamed } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import type { ServedRelease } from '../call/served-release.ts';

/** Makes the tables of events in the databases of a release that has any, where they are missing. Never rejects. */
export async function makeOutboxes(
  { events, cascades, release, releaseId }: Pick<ServedRelease, 'events' | 'cascades' | 'release' | 'releaseId'>,
  databases: ReadonlyMap<string, Database>,
  logger: Logger,
): Promise<void> {
  if (events === undefined && cascades === undefined) return;
  try {
    await Promise.all(
      [...databases].map(([name, database]) => {
        const engine = release.connections[name]?.engine;
        return engine === undefined ? undefined : engineNamed(engine).outbox.create(database);
      }),
    );
  } catch (error) {
    logger.error({ releaseId, error: String(error) }, 'The tables of events could not be made');
  }
}
