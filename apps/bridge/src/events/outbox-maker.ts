import { type Database, engineNamed } from '@santokit/engine';
import type { Logger } from '@santokit/telemetry';
import type { ServedRelease } from '../call/served-release.ts';

type Release = Pick<ServedRelease, 'events' | 'cascades' | 'release' | 'releaseId'>;

/** Makes the tables of events in the databases of releases that have any. */
export class OutboxMaker {
  readonly #logger: Logger;
  /** Whose tables were found. */
  readonly #found = new WeakSet<Release>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Never rejects.
   * @returns whether a statement that did not find them may find them now: they were missing, or made meanwhile by somebody else
   */
  async make(served: Release, databases: ReadonlyMap<string, Database>): Promise<boolean> {
    const { events, cascades, release, releaseId } = served;
    if (events === undefined && cascades === undefined) return false;
    try {
      const made = await Promise.all(
        [...databases].map(([name, database]) => {
          const engine = release.connections[name]?.engine;
          return engine === undefined ? false : engineNamed(engine).outbox.create(database);
        }),
      );
      const isNews = made.includes(true) || !this.#found.has(served);
      this.#found.add(served);
      return isNews;
    } catch (error) {
      this.#logger.error({ releaseId, error: String(error) }, 'The tables of events could not be made');
      return false;
    }
  }
}
