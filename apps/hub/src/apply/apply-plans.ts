import { applySteps } from '@santokit/engine';
import { appendAudit } from '../audit/append-audit.ts';
import { withConnection } from '../connections/open-connection.ts';
import type { ReleaseAuthor } from '../releases/move-to-release.ts';
import type { ConnectionPlan, SchemaPlace } from '../schema/plan-connections.ts';
import { appliedSchemas } from '../store/tables/projects.ts';

/** Runs the steps on every connection and remembers what is declared there now. */
export async function applyPlans(
  place: SchemaPlace,
  plans: readonly ConnectionPlan[],
  { planHash, by }: { planHash: string; by: ReleaseAuthor },
): Promise<void> {
  const { deps, project, env } = place;
  const startedMs = performance.now();
  try {
    for (const { connection, plan } of plans) {
      if (plan.steps.length > 0)
        await withConnection({ ...place, connection }, (database) => applySteps(database.sql, plan));
    }
  } catch (thrown) {
    deps.metrics.schemaApplies.inc({ status: 'failed' });
    throw thrown;
  }
  const appliedAt = deps.clock();
  const steps = plans.flatMap(({ plan }) => plan.steps.map((step) => step.what));
  await deps.store.db.transaction(async (tx) => {
    for (const { connection, declared } of plans) {
      const values = { tables: declared, appliedAt };
      await tx
        .insert(appliedSchemas)
        .values({ connectionId: connection.id, ...values })
        .onConflictDoUpdate({ target: appliedSchemas.connectionId, set: values });
    }
    if (steps.length === 0) return;
    const detail = { planHash, steps };
    await appendAudit(deps, tx, {
      actorId: by.actorId,
      actorType: by.actorType,
      action: 'schema.apply',
      project: project.name,
      env: env.name,
      detail,
      origin: by.origin,
    });
  });
  if (steps.length === 0) return;
  deps.metrics.schemaApplies.inc({ status: 'done' });
  deps.metrics.schemaApplyDuration.observe((performance.now() - startedMs) / 1_000);
}
