import { eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { oidcProviders } from '../store/tables/oidc.ts';
import { envs, projects } from '../store/tables/projects.ts';

/** A provider and the env that it belongs to, by name. A sign-in that is under way goes when its provider does. */
export async function placeOfProvider(db: StoreDb, providerId: string) {
  const [found] = await db
    .select({ provider: oidcProviders, env: envs.name, project: projects.name })
    .from(oidcProviders)
    .innerJoin(envs, eq(envs.id, oidcProviders.envId))
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(eq(oidcProviders.id, providerId));
  return found;
}
