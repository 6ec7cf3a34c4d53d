import { createHash } from 'node:crypto';
import type { DriftEntry } from '@santokit/contract';
import { and, desc, eq, isNotNull, lt } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { auditLog } from '../store/tables/audit.ts';
import { hubSettings } from '../store/tables/hub-settings.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { findSchemaDrift } from './find-schema-drift.ts';
import { releasedSchema } from './released-schema.ts';

const INTERVAL_MS = 15 * 60_000;
/** A round counts as due a little early, so that two Hubs whose clocks differ do not leave one out. */
const DUE_AFTER_MS = INTERVAL_MS - 60_000;
const LAST_ROUND = 'drift-round';

/** Looks for drift in every env each 15 minutes, on one of the Hubs that share a store, until the Hub stops. */
export function watchDrift(deps: Deps): void {
  const round = () => {
    lookForDrift(deps).catch((error: unknown) =>
      deps.logger.warn({ error: String(error) }, 'Drift was not looked for'),
    );
  };
  const timer = setInterval(round, INTERVAL_MS).unref();
  deps.stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/**
 * One round over all envs with a release: sets `stk_hub_schema_drift_differences`, and writes an audit entry where the differences
 * are not those of the round before. Does nothing when another Hub has done this round. Databases that do not answer are logged.
 */
export async function lookForDrift(deps: Deps): Promise<void> {
  deps.metrics.driftDifferences.reset();
  if (!(await claimRound(deps))) return;
  const found = await deps.store.db
    .select({ env: envs, project: { id: projects.id, name: projects.name, orgId: projects.orgId } })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(isNotNull(envs.currentReleaseId));
  for (const place of found) {
    if (deps.stopping.aborted) return;
    try {
      await lookAt(deps, place);
    } catch (error) {
      const { project, env } = place;
      deps.metrics.driftCheckFailures.inc({ project: project.name, env: env.name });
      deps.logger.warn({ project: project.name, env: env.name, error: String(error) }, 'Drift could not be looked for');
    }
  }
}

async function claimRound({ store, clock }: Deps): Promise<boolean> {
  const now = clock();
  const claimed = await store.db
    .insert(hubSettings)
    .values({ name: LAST_ROUND, value: '', updatedAt: now })
    .onConflictDoUpdate({
      target: hubSettings.name,
      set: { updatedAt: now },
      setWhere: lt(hubSettings.updatedAt, new Date(now.getTime() - DUE_AFTER_MS)),
    })
    .returning({ name: hubSettings.name });
  return claimed.length > 0;
}

async function lookAt(deps: Deps, { project, env }: { readonly project: Project; readonly env: Env }): Promise<void> {
  const place = { deps, project, env };
  const drift = await findSchemaDrift(place, await releasedSchema(place));
  deps.metrics.driftDifferences.set({ project: project.name, env: env.name }, drift.length);
  const detail = { differences: drift.length, fingerprint: fingerprintOf(drift), tables: tablesOf(drift) };
  if (detail.fingerprint === ((await lastFingerprint(deps, project, env)) ?? NO_DRIFT)) return;
  await deps.store.db.transaction((tx) =>
    appendAudit(deps, tx, {
      actorId: null,
      actorType: 'system',
      action: 'schema.drift',
      project: project.name,
      env: env.name,
      detail,
      origin: null,
    }),
  );
}

/** What was found when it was last written down; undefined when it never was. */
async function lastFingerprint({ store }: Deps, project: Project, env: Env): Promise<string | undefined> {
  const [last] = await store.db
    .select({ detail: auditLog.detail })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.project, project.name),
        eq(auditLog.env, env.name),
        eq(auditLog.action, 'schema.drift'),
        eq(auditLog.actorType, 'system'),
      ),
    )
    .orderBy(desc(auditLog.seq))
    .limit(1);
  return typeof last?.detail.fingerprint === 'string' ? last.detail.fingerprint : undefined;
}

function fingerprintOf(drift: readonly DriftEntry[]): string {
  const lines = drift.map(({ connection, table, what, expected, actual }) =>
    JSON.stringify([connection, table, what, expected, actual]),
  );
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

const NO_DRIFT = fingerprintOf([]);

function tablesOf(drift: readonly DriftEntry[]): string[] {
  return [...new Set(drift.map(({ connection, table }) => `${connection}.${table}`))].toSorted();
}
