import { StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { oidcProviders } from '../store/tables/oidc.ts';

export type OidcProvider = typeof oidcProviders.$inferSelect;

/** The env's provider called `name`. @throws StkError `NOT_FOUND` */
export async function findProvider(db: StoreDb, envId: string, name: string): Promise<OidcProvider> {
  const [found] = await db
    .select()
    .from(oidcProviders)
    .where(and(eq(oidcProviders.envId, envId), eq(oidcProviders.name, name)));
  if (found === undefined) throw new StkError('NOT_FOUND', `The env has no OIDC provider "${name}"`);
  return found;
}
