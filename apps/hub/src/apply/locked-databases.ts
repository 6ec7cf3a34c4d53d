import type { Schema } from '@santokit/contract';
import { type Database, type LockedDatabase, newLockHolder, withDatabaseLock } from '@santokit/engine';
import { withConnection } from '../connections/open-connection.ts';
import { type DeclaredConnection, declaredConnections, type SchemaPlace } from '../schema/plan-connections.ts';

/** A connection that a schema is about, open, with its database locked against other applies. */
export interface LockedConnection extends DeclaredConnection {
  readonly database: Database;
  readonly locked: LockedDatabase;
}

/**
 * Runs `work` while nobody else changes the databases of a schema through Santokit, or moves a release onto them: no other env, project
 * or Hub either.
 * @throws StkError `CONFLICT` at once when one of them is locked; what `declaredConnections` and `withConnection` throw
 */
export async function withLockedDatabases<T>(
  place: SchemaPlace,
  schema: Schema,
  work: (connections: readonly LockedConnection[]) => Promise<T>,
): Promise<T> {
  const holder = newLockHolder();
  const lockFrom = async (rest: readonly DeclaredConnection[], done: readonly LockedConnection[]): Promise<T> => {
    const [next, ...others] = rest;
    if (next === undefined) return work(done);
    return withConnection({ ...place, connection: next.connection }, (database) =>
      withDatabaseLock(database.sql, holder, (locked) => lockFrom(others, [...done, { ...next, database, locked }])),
    );
  };
  return lockFrom(await declaredConnections(place, schema), []);
}
