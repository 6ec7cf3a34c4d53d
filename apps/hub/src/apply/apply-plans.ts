import { type ApplyEvent, applySteps } from '@santokit/engine';
import { appendAudit } from '../audit/append-audit.ts';
import { withConnection } from '../connections/open-connection.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import type { ReleaseAuthor } from '../releases/move-to-release.ts';
import type { ConnectionPlan, SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { appliedSchemas } from '../store/tables/projects.ts';

interface SchemaApply {
  readonly planHash: string;
  readonly by: ReleaseAuthor;
}

/**
 * Runs the steps on every connection and remembers what is declared there now. What was done before a step failed stays done,
 * and is in the audit log.
 */
export async function applyPlans(
  place: SchemaPlace,
  plans: readonly ConnectionPlan[],
  apply: SchemaApply,
): Promise<void> {
  const { metrics, store } = place.deps;
  const startedMs = performance.now();
  const done: string[] = [];
  try {
    for (const { connection, plan } of plans) {
      if (plan.steps.length === 0) continue;
      const onStep = ({ status, step }: ApplyEvent) => {
        if (status === 'done') done.push(step.what);
      };
      await withConnection({ ...place, connection }, (database) => applySteps(database.sql, plan, { onStep }));
    }
  } catch (thrown) {
    metrics.schemaApplies.inc({ status: 'failed' });
    const failed = toAnswerError(thrown).code;
    if (done.length > 0) await store.db.transaction((tx) => audit(tx, place, apply, { steps: done, failed }));
    throw thrown;
  }
  await store.db.transaction(async (tx) => {
    await rememberDeclared(tx, place, plans);
    if (done.length > 0) await audit(tx, place, apply, { steps: done });
  });
  if (done.length === 0) return;
  metrics.schemaApplies.inc({ status: 'done' });
  metrics.schemaApplyDuration.observe((performance.now() - startedMs) / 1_000);
}

async function rememberDeclared(tx: StoreDb, { deps }: SchemaPlace, plans: readonly ConnectionPlan[]): Promise<void> {
  const appliedAt = deps.clock();
  for (const { connection, declared } of plans) {
    const values = { tables: declared, appliedAt };
    await tx
      .insert(appliedSchemas)
      .values({ connectionId: connection.id, ...values })
      .onConflictDoUpdate({ target: appliedSchemas.connectionId, set: values });
  }
}

async function audit(
  tx: StoreDb,
  { deps, project, env }: SchemaPlace,
  { planHash, by }: SchemaApply,
  outcome: { steps: string[]; failed?: string },
): Promise<void> {
  await appendAudit(deps, tx, {
    actorId: by.actorId,
    actorType: by.actorType,
    action: 'schema.apply',
    project: project.name,
    env: env.name,
    detail: { planHash, ...outcome },
    origin: by.origin,
  });
}
