import type { connections } from '../store/tables/projects.ts';

/** A connection as it is shown: where it leads and as whom, never the password. */
export function connectionAnswer(connection: typeof connections.$inferSelect) {
  const { name, engine, host, port, database, user, version, previousVersion, createdAt, updatedAt } = connection;
  return {
    name,
    engine,
    host,
    port,
    database,
    user,
    version,
    rotatingFrom: previousVersion,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
