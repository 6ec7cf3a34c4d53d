import { connect, type Database } from '@santokit/engine';
import type { Env, Project } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { Connection } from './find-connections.ts';

/** What a sealed connection URL is bound to. */
export function connectionUrlIdentity(ids: { projectId: string; envId: string; connectionId: string }): string {
  return `project/${ids.projectId}/env/${ids.envId}/connection/${ids.connectionId}/url`;
}

/** The URL of a connection, in the clear: for a Bridge or a driver, and for nobody's eyes. */
export function openConnectionUrl(deps: Deps, project: Pick<Project, 'id'>, connection: Connection): Promise<string> {
  const identity = connectionUrlIdentity({ projectId: project.id, envId: connection.envId, connectionId: connection.id });
  return openForProject({ deps, db: deps.store.db, projectId: project.id, identity, sealed: connection.sealedUrl });
}

/** Runs `use` with a small pool on a user's database, and closes it afterwards. */
export async function withConnection<T>(
  { deps, project, connection }: { deps: Deps; project: Project; env: Env; connection: Connection },
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const url = await openConnectionUrl(deps, project, connection);
  const database = connect({ url, poolMax: 2, applicationName: 'santokit-hub', connectTimeoutMs: 5_000 });
  try {
    return await use(database);
  } finally {
    await database.close(1_000);
  }
}
