import { deriveKey, openSecret, sealSecret } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { StoreDb } from '../store/store.ts';
import { projectDataKeys } from '../store/tables/projects.ts';
import { unwrapKey, wrapNewKey } from './master-key.ts';

interface ProjectSecret {
  readonly deps: Pick<Deps, 'config'>;
  /** The store, or the transaction that the project's key may still be part of. */
  readonly db: StoreDb;
  readonly projectId: string;
  /** What the secret belongs to: authenticated or derived from, so that none can stand in for another. */
  readonly identity: string;
}

/** Encrypts a secret of a project with the project's data key. */
export async function sealForProject(secret: ProjectSecret & { readonly plaintext: string }): Promise<string> {
  return sealSecret({ key: await dataKeyOf(secret), plaintext: secret.plaintext, aad: secret.identity });
}

/** Decrypts what `sealForProject` made for the same identity. */
export async function openForProject(secret: ProjectSecret & { readonly sealed: string }): Promise<string> {
  return openSecret({ key: await dataKeyOf(secret), sealed: secret.sealed, aad: secret.identity });
}

/** A key for one purpose of a project, which is stored nowhere and always the same. */
export async function deriveForProject(secret: ProjectSecret): Promise<Uint8Array> {
  return deriveKey(await dataKeyOf(secret), secret.identity);
}

/** A new data key for a project, wrapped by the master key. */
export function wrapNewDataKey(config: Deps['config'], projectId: string): string {
  return wrapNewKey(config, projectDataKeyIdentity(projectId));
}

async function dataKeyOf({ deps, db, projectId }: ProjectSecret): Promise<Uint8Array> {
  const [row] = await db
    .select({ wrappedKey: projectDataKeys.wrappedKey })
    .from(projectDataKeys)
    .where(eq(projectDataKeys.projectId, projectId));
  if (row === undefined) throw new Error(`Project ${projectId} has no data key`);
  return unwrapKey(deps.config, row.wrappedKey, projectDataKeyIdentity(projectId));
}

/** What a project's wrapped data key is bound to. */
export function projectDataKeyIdentity(projectId: string): string {
  return `project/${projectId}/data-key`;
}
