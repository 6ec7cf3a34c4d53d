import type { Database } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import type { ServedRelease } from '../call/served-release.ts';
import { type EntriesRelease, outboxesOf } from './outboxes-of.ts';

/** Makes the tables of events in the databases of a release that has any, where they are missing. Never rejects. */
export async function makeOutboxes(
  served: EntriesRelease & Pick<ServedRelease, 'releaseId'>,
  databases: ReadonlyMap<string, Database>,
  logger: Logger,
): Promise<void> {
  try {
    await Promise.all(outboxesOf(served, databases).map(({ outbox, database }) => outbox.create(database)));
  } catch (error) {
    logger.error({ releaseId: served.releaseId, error: String(error) }, 'The tables of events could not be made');
  }
}
