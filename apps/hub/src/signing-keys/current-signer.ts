import { type AccessTokenSigner, importAccessTokenSigner } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { signingKeys } from '../store/tables/end-users.ts';
import { signingKeyIdentity } from './create-signing-key.ts';

interface OpenedKey {
  readonly sealed: string;
  readonly signer: AccessTokenSigner;
}

/** By what they are bound to. Every session needs one, and to open it takes longer than to sign with it. */
const openedKeys = new LRUCache<string, OpenedKey>({ max: 1_000, ttl: 10 * 60_000 });

/** The key that signs an env's access tokens now. Which one it is, is read each time: a rotation holds at once, on every Hub. */
export async function currentSigner(
  deps: Pick<Deps, 'config'>,
  db: StoreDb,
  { envId, projectId }: { readonly envId: string; readonly projectId: string },
): Promise<{ readonly kid: string; readonly privateKey: AccessTokenSigner }> {
  const [key] = await db
    .select({ kid: signingKeys.kid, sealed: signingKeys.sealedPrivateKey })
    .from(signingKeys)
    .where(and(eq(signingKeys.envId, envId), eq(signingKeys.status, 'current')))
    .prepare('current_signing_key')
    .execute();
  if (key === undefined) throw new Error(`Env ${envId} has no signing key`);
  const { kid, sealed } = key;
  const identity = signingKeyIdentity(envId, kid);
  const known = openedKeys.get(identity);
  if (known?.sealed === sealed) return { kid, privateKey: known.signer };
  const signer = importAccessTokenSigner(await openForProject({ deps, db, projectId, identity, sealed }));
  openedKeys.set(identity, { sealed, signer });
  return { kid, privateKey: signer };
}
