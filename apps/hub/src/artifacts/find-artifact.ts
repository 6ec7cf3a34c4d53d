import { StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { artifacts } from '../store/tables/artifacts.ts';

const HASH = /^[0-9a-f]{64}$/;

/** What is kept under a hash. @throws StkError `NOT_FOUND` */
export async function findArtifact(db: StoreDb, hash: string): Promise<typeof artifacts.$inferSelect> {
  const [found] = HASH.test(hash) ? await db.select().from(artifacts).where(eq(artifacts.hash, hash)) : [];
  if (found === undefined) throw new StkError('NOT_FOUND', 'There is no such artifact');
  return found;
}
