import { and, eq, isNotNull } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { findBridges } from '../bridges/find-bridges.ts';
import type { Deps } from '../deps.ts';
import { connections, envs, projects } from '../store/tables/projects.ts';
import type { Connection } from './find-connections.ts';

/** The live Bridges of an env that have not reported the connection's version yet. */
export async function laggingBridges(
  deps: Deps,
  project: Project,
  env: Env,
  connection: Connection,
): Promise<string[]> {
  const bridges = await findBridges(deps, project, env);
  return bridges
    .filter(({ status, connectionVersions }) => {
      const version = connectionVersions[connection.name];
      return status === 'live' && (version === undefined || version < connection.version);
    })
    .map(({ instanceId }) => instanceId);
}

/** Drops the old URLs of those envs that no live Bridge uses any more. */
export async function finishRotations(
  deps: Deps,
  targets: readonly { readonly project: string; readonly env: string }[],
): Promise<void> {
  const rotating = await deps.store.db
    .select({ connection: connections, env: envs, project: projects })
    .from(connections)
    .innerJoin(envs, eq(envs.id, connections.envId))
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(isNotNull(connections.previousVersion));
  for (const { connection, env, project } of rotating) {
    if (!targets.some((target) => target.project === project.name && target.env === env.name)) continue;
    if ((await laggingBridges(deps, project, env, connection)).length > 0) continue;
    await finish(deps, { connection, env, project });
  }
}

async function finish(
  deps: Deps,
  { connection, env, project }: { readonly connection: Connection; readonly env: Env; readonly project: Project },
): Promise<void> {
  await deps.store.db.transaction(async (tx) => {
    const dropped = await tx
      .update(connections)
      .set({ previousSealedUrl: null, previousVersion: null })
      .where(
        and(
          eq(connections.id, connection.id),
          eq(connections.version, connection.version),
          isNotNull(connections.previousVersion),
        ),
      )
      .returning({ id: connections.id });
    if (dropped.length === 0) return;
    await appendAudit(deps, tx, {
      actorId: null,
      actorType: 'system',
      action: 'connection.rotate',
      project: project.name,
      env: env.name,
      detail: { connection: connection.name, version: connection.version, dropped: connection.previousVersion },
      origin: null,
    });
  });
}
