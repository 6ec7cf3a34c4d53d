import { type CompiledEvents, type CompiledRelease, StkError } from '@santokit/contract';
import { type Database, engineNamed, type Outbox } from '@santokit/engine';
import type { Env, Project } from '../access/locate.ts';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import type { Deps } from '../deps.ts';

export interface EventPlace {
  readonly deps: Deps;
  readonly project: Project;
  readonly env: Env;
}

/** One database of a release in which events may be. */
export interface EventDatabase {
  readonly outbox: Outbox;
  readonly database: Database;
  /** As the Bridges write it. */
  readonly scope: string;
}

/** What `use` gives for each database of a release in which there are events; one without any is passed over. */
export async function withEventDatabases<T>(
  { deps, project, env }: EventPlace,
  { connections }: CompiledRelease,
  use: (at: EventDatabase) => Promise<T>,
): Promise<T[]> {
  const used = await Promise.all(
    Object.keys(connections).map(async (name) => {
      const connection = await findConnection(deps.store.db, env, name);
      const { outbox } = engineNamed(connection.engine);
      return await withConnection({ deps, project, connection }, async (database) =>
        (await outbox.exists(database)) ? [await use({ outbox, database, scope: `${project.name}/${env.name}` })] : [],
      );
    }),
  );
  return used.flat();
}

/** The events of a release. @throws StkError `NOT_FOUND` for a topic that it does not have */
export function topicOf({ events }: CompiledRelease, name: string): CompiledEvents {
  if (events !== undefined && Object.hasOwn(events.topics, name)) return events;
  throw new StkError('NOT_FOUND', `The current release has no topic ${JSON.stringify(name.slice(0, 80))}`);
}
