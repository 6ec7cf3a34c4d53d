import { newEd25519KeyPair, newUlid } from '@santokit/crypto';
import type { Deps } from '../deps.ts';
import { sealForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { signingKeys } from '../store/tables/end-users.ts';

export type SigningKey = typeof signingKeys.$inferSelect;

/** What a sealed signing key is bound to. */
export function signingKeyIdentity(envId: string, kid: string): string {
  return `env/${envId}/signing-key/${kid}`;
}

interface NewKey {
  readonly projectId: string;
  readonly envId: string;
  readonly status: 'next' | 'current';
}

/** Makes a key for an env's access tokens. @returns it as it is kept */
export async function createSigningKey(
  deps: Pick<Deps, 'config' | 'clock'>,
  tx: StoreDb,
  { projectId, envId, status }: NewKey,
): Promise<SigningKey> {
  const createdAt = deps.clock();
  const kid = `key_${newUlid(createdAt.getTime())}`;
  const { publicKey, privateKey } = newEd25519KeyPair();
  const sealedPrivateKey = await sealForProject({
    deps,
    db: tx,
    projectId,
    identity: signingKeyIdentity(envId, kid),
    plaintext: privateKey,
  });
  const key = { kid, envId, status, publicKey, sealedPrivateKey, createdAt, verifiesUntil: null };
  await tx.insert(signingKeys).values(key);
  return key;
}
