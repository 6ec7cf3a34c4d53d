import { StkError } from '@santokit/contract';
import { connect, type Database, DatabaseError } from '@santokit/engine';
import type { Project } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { Connection } from './find-connections.ts';

/** What a sealed connection URL is bound to. */
export function connectionUrlIdentity(ids: { projectId: string; envId: string; connectionId: string }): string {
  return `project/${ids.projectId}/env/${ids.envId}/connection/${ids.connectionId}/url`;
}

/** The URL of a connection, in the clear: for a Bridge or a driver, and for nobody's eyes. */
export function openConnectionUrl(deps: Deps, project: Pick<Project, 'id'>, connection: Connection): Promise<string> {
  const identity = connectionUrlIdentity({
    projectId: project.id,
    envId: connection.envId,
    connectionId: connection.id,
  });
  return openForProject({ deps, db: deps.store.db, projectId: project.id, identity, sealed: connection.sealedUrl });
}

interface OpenConnection {
  readonly deps: Deps;
  readonly project: Pick<Project, 'id'>;
  readonly connection: Connection;
}

/**
 * Runs `use` with a small pool on a user's database, and closes it afterwards.
 * @throws StkError `SERVICE_UNAVAILABLE` when the database cannot be reached or does not let the Hub in, `CONFLICT` when it refuses
 * what the Hub asks of it
 */
export async function withConnection<T>(
  { deps, project, connection }: OpenConnection,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  return withUrl(await openConnectionUrl(deps, project, connection), connection, use);
}

/** As `withConnection`, by a URL that is not kept yet. */
export async function withUrl<T>(
  url: string,
  connection: Pick<Connection, 'name'>,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const database = connect({ url, poolMax: 2, applicationName: 'santokit-hub', connectTimeoutMs: 5_000 });
  let graceMs = 0;
  try {
    await reach(database, connection);
    graceMs = 1_000;
    return await use(database).catch((thrown: unknown) => {
      throw refusedByDatabase(thrown, connection);
    });
  } finally {
    await database.close(graceMs);
  }
}

/** Says why a database cannot be reached in words that hold nothing of its URL. */
async function reach(database: Database, connection: Pick<Connection, 'name'>): Promise<void> {
  try {
    await database.ping();
  } catch (cause) {
    const message = `The database of the connection "${connection.name}" cannot be reached: ${reasonOf(cause)}`;
    throw new StkError('SERVICE_UNAVAILABLE', message, undefined, { cause });
  }
}

/** What the user's database does not do, such as what its user has no privilege for, is not a failure of the Hub. */
function refusedByDatabase(thrown: unknown, connection: Pick<Connection, 'name'>): unknown {
  if (!(thrown instanceof DatabaseError)) return thrown;
  const message = `The database of the connection "${connection.name}" refused: ${thrown.message}`;
  return new StkError('CONFLICT', message, { connection: connection.name, sqlState: thrown.code }, { cause: thrown });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its host is not known',
  EAI_AGAIN: 'its host is not known',
  CONNECT_TIMEOUT: 'no answer within 5 seconds',
  QUERY_TIMEOUT: 'no answer within 5 seconds',
  '28P01': 'user or password refused',
  '28000': 'user refused',
  '3D000': 'there is no such database',
};

/** An engine says `SERVICE_UNAVAILABLE`; the driver's or the server's own code is the message of its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof StkError)) return 'it does not answer';
  const own = thrown.cause instanceof Error ? thrown.cause.message : '';
  return REASONS[own] ?? REASONS[thrown.code] ?? 'it does not answer';
}
