import { lte } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { oidcExchanges, oidcFlows } from '../store/tables/oidc.ts';

/** Drops what is left of sign-ins that nobody finished in time. */
export async function forgetOidcFlows({ store, clock }: Pick<Deps, 'store' | 'clock'>): Promise<void> {
  const now = clock();
  await store.db.delete(oidcFlows).where(lte(oidcFlows.expiresAt, now));
  await store.db.delete(oidcExchanges).where(lte(oidcExchanges.expiresAt, now));
}
