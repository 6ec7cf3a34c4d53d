import { type Database, engineNamed } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import type { ServedRelease } from '../call/served-release.ts';

/**
 * Makes the tables of events in the databases of a release that has any. Never rejects.
 * @returns whether any was missing, and is there now
 */
export async function makeOutboxes(
  { events, cascades, release, releaseId }: Pick<ServedRelease, 'events' | 'cascades' | 'release' | 'releaseId'>,
  databases: ReadonlyMap<string, Database>,
  logger: Logger,
): Promise<boolean> {
  if (events === undefined && cascades === undefined) return false;
  try {
    const made = await Promise.all(
      [...databases].map(([name, database]) => {
        const engine = release.connections[name]?.engine;
        return engine === undefined ? false : engineNamed(engine).outbox.create(database);
      }),
    );
    return made.includes(true);
  } catch (error) {
    logger.error({ releaseId, error: String(error) }, 'The tables of events could not be made');
    return false;
  }
}
