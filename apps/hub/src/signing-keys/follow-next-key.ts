import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import { findBridges } from '../bridges/find-bridges.ts';
import { INSTANCE_ID } from '../bridges/see-bridges.ts';
import type { Deps } from '../deps.ts';
import { signingKeyPulls, signingKeys } from '../store/tables/end-users.ts';

/** Bridges are told at once; one that does not pull within this is not there any more, or cut off. */
const FOLLOW_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Waits until every live Bridge of an env was given the key that is to sign next, for a short while at most.
 * @returns the instances that were not; they pull the key when they first see a token of it
 */
export async function followNextKey(deps: Deps, { project, env }: Place, kid: string): Promise<string[]> {
  const deadlineMs = performance.now() + FOLLOW_WITHIN_MS;
  for (;;) {
    const bridges = await findBridges(deps, project, env);
    const pulls = await deps.store.db
      .select({ instanceId: signingKeyPulls.instanceId })
      .from(signingKeyPulls)
      .where(eq(signingKeyPulls.kid, kid));
    const pulled = new Set(pulls.map(({ instanceId }) => instanceId));
    const missing = bridges
      .filter(({ instanceId, status }) => status === 'live' && !pulled.has(instanceId))
      .map(({ instanceId }) => instanceId);
    if (missing.length === 0 || performance.now() >= deadlineMs || deps.stopping.aborted) return missing;
    await sleep(LOOK_EVERY_MS);
  }
}

interface Place {
  readonly project: Project;
  readonly env: Env;
}

/** Keeps in mind that a Bridge is given the key that is on its way; whichever Hub it asks, the one that rotates waits for it. */
export async function notePull({ store }: Deps, kid: string, instanceId: string | undefined): Promise<void> {
  if (instanceId === undefined || !INSTANCE_ID.test(instanceId)) return;
  // The key may have gone meanwhile, with its env.
  await store.db.execute(sql`
    insert into ${signingKeyPulls} (kid, instance_id)
    select kid, ${instanceId} from ${signingKeys} where kid = ${kid} for key share
    on conflict do nothing`);
}
