import { sql } from 'drizzle-orm';
import { POINTER_CHANNEL } from '../internal/pointer-watch.ts';
import type { StoreDb } from '../store/store.ts';

/** Tells every Hub instance, once the transaction commits, that an env changed. */
export async function announceChange(tx: StoreDb, envId: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${POINTER_CHANNEL}, ${envId})`);
}
