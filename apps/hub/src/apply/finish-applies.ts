import { type CompiledRelease, parseJson, StkError } from '@santokit/contract';
import { and, eq, lte } from 'drizzle-orm';
import { locateEnv } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import type { ReleaseAuthor } from '../releases/move-to-release.ts';
import { planLive, type SchemaPlace } from '../schema/plan-connections.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { unfinishedApplies } from '../store/tables/releases.ts';
import { fingerprintOf, stepId } from './apply-journal.ts';
import { withResumeLock } from './apply-lock.ts';
import { executeApply } from './execute-apply.ts';
import { type LockedConnection, withLockedDatabases } from './locked-databases.ts';
import type { PlannedConnection } from './schema-apply.ts';
import { StepClock } from './step-clock.ts';

/** Pauses between attempts grow to it. */
const MOST_PAUSE_MS = 60_000;

type Unfinished = typeof unfinishedApplies.$inferSelect;

/**
 * Finishes applies that a Hub began and could not finish, at the point from which the release in force does not fit its databases any
 * more; one that has not touched them yet is dropped. What another Hub is still at is left to it. An attempt that fails is logged and
 * made again later, until an operator moves the pointer.
 */
export async function finishApplies(deps: Deps): Promise<void> {
  const due = await deps.store.db
    .select({ env: envs, project: { id: projects.id, name: projects.name, orgId: projects.orgId } })
    .from(unfinishedApplies)
    .innerJoin(envs, eq(envs.id, unfinishedApplies.envId))
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(lte(unfinishedApplies.nextAttemptAt, deps.clock()));
  for (const { env, project } of due) {
    if (deps.stopping.aborted) return;
    await withResumeLock(deps, env, () => finishApply({ deps, project, env }));
  }
}

async function finishApply(found: SchemaPlace): Promise<void> {
  const { deps, project } = found;
  const [unfinished] = await deps.store.db
    .select()
    .from(unfinishedApplies)
    .where(eq(unfinishedApplies.envId, found.env.id));
  // Its own Hub was done with it in the meantime.
  if (unfinished === undefined) return;
  const place = { deps, project, env: await locateEnv(deps.store.db, project, found.env.name) };
  const { content } = unfinished;
  const release = parseJson(content) as unknown as CompiledRelease;
  try {
    await withLockedDatabases(place, release.schema, async (connections) => {
      if ((await fingerprintOf(connections)) === unfinished.fingerprint) await drop(place, unfinished);
      else await goOn(place, { unfinished, release, connections });
    });
  } catch (thrown) {
    await postpone(place, unfinished, thrown);
  }
}

interface Resumed {
  readonly unfinished: Unfinished;
  readonly release: CompiledRelease;
  readonly connections: readonly LockedConnection[];
}

async function goOn(place: SchemaPlace, { unfinished, release, connections }: Resumed): Promise<void> {
  const { ref, action, createdBy, actorId, planHash } = unfinished;
  const plans: PlannedConnection[] = [];
  for (const connection of connections) {
    const plan = await planLive(connection.database, connection, release);
    plans.push({ ...connection, plan });
  }
  const planned = new Set(unfinished.steps);
  const other = plans.flatMap(({ plan }) => plan.steps).find((step) => !planned.has(stepId(step)));
  if (other !== undefined)
    throw new StkError(
      'CONFLICT',
      `The databases have changed since: "${other.what}" (${other.table}) was not planned`,
    );
  const only = action === 'release.create' ? undefined : (['schema', 'permissions'] as const);
  const by: ReleaseAuthor = { actorId: null, actorType: 'system', createdBy, origin: null };
  const request = { ref, ...(only === undefined ? {} : { only: [...only] }) };
  const resumes = { requestedBy: actorId };
  await executeApply({ place, request, by, clock: new StepClock(), plans, planHash, release, resumes });
  const { project, env } = place;
  place.deps.logger.info({ project: project.name, env: env.name }, 'Finished an apply that was interrupted');
}

async function drop({ deps, project, env }: SchemaPlace, { planHash, actorId }: Unfinished): Promise<void> {
  await deps.store.db.transaction(async (tx) => {
    await tx.delete(unfinishedApplies).where(eq(unfinishedApplies.envId, env.id));
    await appendAudit(deps, tx, {
      actorId: null,
      actorType: 'system',
      action: 'schema.apply',
      project: project.name,
      env: env.name,
      detail: { planHash, steps: [], dropped: true, requestedBy: actorId },
      origin: null,
    });
  });
}

async function postpone({ deps, project, env }: SchemaPlace, unfinished: Unfinished, thrown: unknown): Promise<void> {
  const failures = unfinished.failures + 1;
  const pauseMs = Math.min(1_000 * 2 ** failures, MOST_PAUSE_MS);
  const { code, message } = toAnswerError(thrown);
  deps.logger.warn(
    { project: project.name, env: env.name, failures, code, reason: message },
    'An apply that was interrupted could not be finished',
  );
  await deps.store.db
    .update(unfinishedApplies)
    .set({ failures, nextAttemptAt: new Date(deps.clock().getTime() + pauseMs) })
    .where(and(eq(unfinishedApplies.envId, env.id), eq(unfinishedApplies.startedAt, unfinished.startedAt)));
}
