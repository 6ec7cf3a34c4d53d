import { type Database, engineNamed, type Outbox } from '@santokit/engine';
import type { ServedRelease } from '../call/served-release.ts';

/** What of a release says where entries are written. */
export type EntriesRelease = Pick<ServedRelease, 'events' | 'cascades' | 'release'>;

export interface PlacedOutbox {
  readonly connection: string;
  readonly database: Database;
  readonly outbox: Outbox;
}

/** Where a release may write entries: in each of its databases, if it has events or cascades. */
export function outboxesOf(
  { events, cascades, release }: EntriesRelease,
  databases: ReadonlyMap<string, Database>,
): PlacedOutbox[] {
  if (events === undefined && cascades === undefined) return [];
  return [...databases].flatMap(([connection, database]) => {
    const engine = release.connections[connection]?.engine;
    return engine === undefined ? [] : [{ connection, database, outbox: engineNamed(engine).outbox }];
  });
}
