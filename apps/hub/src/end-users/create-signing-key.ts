import { newEd25519KeyPair } from '@santokit/crypto';
import { ulid } from 'ulid';
import type { Deps } from '../deps.ts';
import { sealForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { signingKeys } from '../store/tables/end-users.ts';

/** What a sealed signing key is bound to. */
export function signingKeyIdentity(envId: string, kid: string): string {
  return `env/${envId}/signing-key/${kid}`;
}

/** Makes the key that signs an env's access tokens. @returns its `kid` */
export async function createSigningKey(
  deps: Pick<Deps, 'config'>,
  tx: StoreDb,
  { projectId, envId }: { projectId: string; envId: string },
): Promise<string> {
  const kid = `key_${ulid()}`;
  const { publicKey, privateKey } = newEd25519KeyPair();
  const sealedPrivateKey = await sealForProject({
    deps,
    db: tx,
    projectId,
    identity: signingKeyIdentity(envId, kid),
    plaintext: privateKey,
  });
  await tx.insert(signingKeys).values({ kid, envId, status: 'current', publicKey, sealedPrivateKey });
  return kid;
}
