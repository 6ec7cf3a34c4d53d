import { type AccessTokenSigner, importAccessTokenSigner } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
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

export interface Signer {
  readonly kid: string;
  readonly privateKey: AccessTokenSigner;
}

/** A signing key as it is kept. */
export interface KeptSigningKey {
  readonly kid: string;
  readonly sealed: string;
}

/** The columns of one. */
export const keptKeyColumns = { kid: signingKeys.kid, sealed: signingKeys.sealedPrivateKey };

/** Whether a key is the one that signs the tokens of an env now. */
export function isSigningKeyOf(envId: string | AnyPgColumn) {
  return and(eq(signingKeys.envId, envId), eq(signingKeys.status, 'current'));
}

interface KeyPlace {
  readonly envId: string;
  readonly projectId: string;
}

/** The key that signs an env's access tokens now. Which one it is, is read each time: a rotation holds at once, on every Hub. */
export async function currentSigner(deps: Pick<Deps, 'config'>, db: StoreDb, place: KeyPlace): Promise<Signer> {
  const { envId } = place;
  const [key] = await db
    .select(keptKeyColumns)
    .from(signingKeys)
    .where(isSigningKeyOf(envId))
    .prepare('current_signing_key')
    .execute();
  if (key === undefined) throw new Error(`Env ${envId} has no signing key`);
  return await openSigner(deps, db, { place, key });
}

/** A key of an env, opened. */
export async function openSigner(
  deps: Pick<Deps, 'config'>,
  db: StoreDb,
  { place: { envId, projectId }, key: { kid, sealed } }: { readonly place: KeyPlace; readonly key: KeptSigningKey },
): Promise<Signer> {
  const identity = signingKeyIdentity(envId, kid);
  const known = openedKeys.get(identity);
  if (known?.sealed === sealed) return { kid, privateKey: known.signer };
  const signer = importAccessTokenSigner(await openForProject({ deps, db, projectId, identity, sealed }));
  openedKeys.set(identity, { sealed, signer });
  return { kid, privateKey: signer };
}
