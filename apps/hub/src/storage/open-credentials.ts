import type { InternalConnections } from '@santokit/contract';
import { desc, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { storageCredentials } from '../store/tables/storage.ts';

export type StoredCredentials = typeof storageCredentials.$inferSelect;

/** What a sealed secret of a bucket is bound to. */
export function storageSecretIdentity(ids: { projectId: string; envId: string; id: string }): string {
  return `project/${ids.projectId}/env/${ids.envId}/storage/${ids.id}/secret`;
}

/** An env's credentials, newest first. */
export function findStorageCredentials(db: StoreDb, env: Pick<Env, 'id'>): Promise<StoredCredentials[]> {
  return db
    .select()
    .from(storageCredentials)
    .where(eq(storageCredentials.envId, env.id))
    .orderBy(desc(storageCredentials.createdAt), desc(storageCredentials.id));
}

/** In the clear: for a Bridge, and for nobody's eyes. */
export async function openStorageCredentials(
  deps: Deps,
  env: Pick<Env, 'id' | 'projectId'>,
): Promise<NonNullable<InternalConnections['storage']>> {
  const found = await findStorageCredentials(deps.store.db, env);
  return Promise.all(
    found.map(async ({ id, bucket, accessKeyId, sealedSecret, version }) => {
      const identity = storageSecretIdentity({ projectId: env.projectId, envId: env.id, id });
      const secretAccessKey = await openForProject({
        deps,
        db: deps.store.db,
        projectId: env.projectId,
        identity,
        sealed: sealedSecret,
      });
      return { bucket, accessKeyId, secretAccessKey, version };
    }),
  );
}
