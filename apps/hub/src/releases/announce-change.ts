import { eq, sql } from 'drizzle-orm';
import { POINTER_CHANNEL } from '../internal/pointer-watch.ts';
import type { StoreDb } from '../store/store.ts';
import { envs } from '../store/tables/projects.ts';

/** Tells every Hub instance, once the transaction commits, that an env changed. */
export async function announceChange(tx: StoreDb, envId: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${POINTER_CHANNEL}, ${envId})`);
}

/**
 * The same, also to a Bridge that is between two long polls, which would else find out at its next look: the pointer's version is another
 * one. It is written to the env, so it is not for what every login does.
 */
export async function announceToAll(tx: StoreDb, envId: string): Promise<void> {
  await tx
    .update(envs)
    .set({ pointerVersion: sql`${envs.pointerVersion} + 1` })
    .where(eq(envs.id, envId));
  await announceChange(tx, envId);
}
