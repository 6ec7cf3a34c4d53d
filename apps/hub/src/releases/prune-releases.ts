import { and, eq, inArray, sql } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import type { StoreDb } from '../store/store.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { envReleases, releases } from '../store/tables/releases.ts';

/** What was in force within this time stays, however much came after it: some Bridge may still be leaving it. */
const RECENT_MS = 24 * 60 * 60 * 1_000;
/** So many in one transaction; the rest goes next time. */
const BATCH = 1_000;

type Project = Pick<typeof projects.$inferSelect, 'id' | 'name'>;

/**
 * Drops, from the history of each env, releases beyond the newest that are kept, and then those that no env's history has any more. What is
 * in force, or was within a day, stays. Hubs that share a store may all do it.
 */
export async function pruneReleases(deps: Deps): Promise<void> {
  const all = await deps.store.db.select({ id: projects.id, name: projects.name }).from(projects);
  for (const project of all) {
    if (deps.stopping.aborted) return;
    await deps.store.db.transaction((tx) => pruneProject(deps, tx, project));
  }
}

async function pruneProject(deps: Deps, tx: StoreDb, project: Project): Promise<void> {
  const kept = deps.config.releasesKept;
  const before = new Date(deps.clock().getTime() - RECENT_MS);
  const stale = await staleMoves(tx, project, { kept, before });
  if (stale.length > 0) {
    // Every move of a pointer begins with this lock, so that none is taken for stale while it is made anew.
    await tx.select({ id: envs.id }).from(envs).where(eq(envs.projectId, project.id)).orderBy(envs.id).for('update');
    for (const { envId, releaseId } of await staleMoves(tx, project, { kept, before }))
      await tx.delete(envReleases).where(and(eq(envReleases.envId, envId), eq(envReleases.releaseId, releaseId)));
  }
  const dropped = await dropForgotten(tx, project, before);
  if (dropped === 0) return;
  await appendAudit(deps, tx, {
    actorId: null,
    actorType: 'system',
    action: 'release.prune',
    project: project.name,
    detail: { releases: dropped, kept },
    origin: null,
  });
}

interface Limits {
  readonly kept: number;
  readonly before: Date;
}

/** Releases that an env left before that time, and that as many others as are kept have followed. */
async function staleMoves(tx: StoreDb, project: Project, { kept, before }: Limits) {
  return await tx.execute<{ envId: string; releaseId: string }>(sql`
    with moves as (
      select m.env_id, m.release_id, m.id, lead(m.moved_at) over (partition by m.env_id order by m.id) as left_at
        from env_releases m join envs e on e.id = m.env_id where e.project_id = ${project.id}
    ), known as (
      select env_id, release_id, bool_or(left_at is null) as is_last, max(left_at) as left_at,
             row_number() over (partition by env_id order by max(id) desc) as place
        from moves group by env_id, release_id
    )
    select k.env_id as "envId", k.release_id as "releaseId"
      from known k join envs e on e.id = k.env_id
     where k.place > ${kept} and not k.is_last and k.left_at < ${before.toISOString()}::timestamptz
       and e.current_release_id is distinct from k.release_id
     limit ${BATCH}`);
}

/** Locked before they are looked at once more: what somebody is about to point at is skipped, and never dropped with its moves. */
async function dropForgotten(tx: StoreDb, project: Project, before: Date): Promise<number> {
  const isForgotten = sql`${releases.projectId} = ${project.id} and ${releases.createdAt} < ${before.toISOString()}::timestamptz
    and not exists (select from env_releases m where m.release_id = ${releases.id})
    and not exists (select from envs e where e.current_release_id = ${releases.id})`;
  const found = await tx
    .select({ id: releases.id })
    .from(releases)
    .where(isForgotten)
    .limit(BATCH)
    .for('update', { skipLocked: true });
  if (found.length === 0) return 0;
  const ids = found.map(({ id }) => id);
  const dropped = await tx
    .delete(releases)
    .where(and(inArray(releases.id, ids), isForgotten))
    .returning({ id: releases.id });
  return dropped.length;
}
