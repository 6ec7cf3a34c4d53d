import { eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { appliedSchemas } from '../store/tables/projects.ts';
import type { Connection } from './find-connections.ts';

type Place = Pick<Connection, 'host' | 'port' | 'database'>;

/**
 * Forgets which tables were applied over a connection that leads to another database now: of that one nothing is known, and what was
 * declared for the other must not be dropped there.
 */
export async function forgetAppliedElsewhere(tx: StoreDb, before: Connection, now: Place): Promise<void> {
  if (before.host === now.host && before.port === now.port && before.database === now.database) return;
  await tx.delete(appliedSchemas).where(eq(appliedSchemas.connectionId, before.id));
}
