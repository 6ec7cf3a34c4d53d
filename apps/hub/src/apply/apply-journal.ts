import { createHash } from 'node:crypto';
import { introspect, type SchemaStep } from '@santokit/engine';
import { eq } from 'drizzle-orm';
import type { ReleaseAuthor, ReleaseMove } from '../releases/move-to-release.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { unfinishedApplies } from '../store/tables/releases.ts';
import type { LockedConnection } from './locked-databases.ts';
import type { PlannedConnection } from './schema-apply.ts';

interface BegunApply {
  readonly place: SchemaPlace;
  readonly plans: readonly PlannedConnection[];
  readonly planHash: string;
  readonly by: ReleaseAuthor;
  readonly move: Pick<ReleaseMove, 'release' | 'ref' | 'action'>;
}

/** Keeps what an apply is about to do. Of one that was interrupted before it, it is still known how the databases were at first. */
export async function keepJournal({ place, plans, planHash, by, move }: BegunApply): Promise<void> {
  const { deps, env } = place;
  const startedAt = deps.clock();
  const entry = {
    content: JSON.stringify(move.release),
    ref: move.ref,
    planHash,
    action: move.action,
    steps: plans.flatMap(({ plan }) => plan.steps.map(stepId)),
    actorId: by.actorId,
    createdBy: by.createdBy,
    startedAt,
    failures: 0,
    nextAttemptAt: startedAt,
  };
  const fingerprint = await fingerprintOf(plans);
  await deps.store.db
    .insert(unfinishedApplies)
    .values({ envId: env.id, fingerprint, ...entry })
    .onConflictDoUpdate({ target: unfinishedApplies.envId, set: entry });
}

/** Forgets an apply that has not touched the databases yet. @throws StkError where that cannot be known for certain */
export async function settleJournal(
  { deps, env }: Pick<SchemaPlace, 'deps' | 'env'>,
  connections: readonly LockedConnection[],
): Promise<void> {
  const [entry] = await deps.store.db
    .select({ fingerprint: unfinishedApplies.fingerprint })
    .from(unfinishedApplies)
    .where(eq(unfinishedApplies.envId, env.id));
  if (entry === undefined) return;
  // A session that was lost may still be at work.
  for (const { locked } of connections) await locked.confirm();
  if ((await fingerprintOf(connections)) !== entry.fingerprint) return;
  await deps.store.db.delete(unfinishedApplies).where(eq(unfinishedApplies.envId, env.id));
}

/** Tells whether anything but rows has changed in the databases. */
export async function fingerprintOf(connections: readonly LockedConnection[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { connection, database } of connections) {
    const { tables } = await introspect(database.sql);
    const structure = tables.map(({ isEmpty: _, ...table }) => table);
    hash.update(JSON.stringify([connection.name, structure]));
  }
  return hash.digest('hex');
}

/** Names a step of a plan, whatever is left of the plan. */
export function stepId({ connection, schema, table, what }: SchemaStep): string {
  return JSON.stringify([connection, schema, table, what]);
}
