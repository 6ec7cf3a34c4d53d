import { newEd25519KeyPair, newUlid, openSecret, publicKeyOf, sealSecret } from '@santokit/crypto';
import { desc, eq, isNull, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { rewrapKey, unwrapKey, wrapNewKey } from '../secrets/master-key.ts';
import type { StoreDb } from '../store/store.ts';
import { releaseSigningKeys } from '../store/tables/releases.ts';

/** "stkrelky" in ASCII, cut to 63 bits: of two Hubs that start at once, one makes the first key. */
const RELEASE_KEY_LOCK = '8319109898400360313';

/** Makes the Hub's first release key, unless there is one. */
export async function ensureReleaseKey({ store, config }: Pick<Deps, 'store' | 'config'>): Promise<void> {
  await store.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${RELEASE_KEY_LOCK}::bigint)`);
    const [existing] = await tx
      .select({ keyId: releaseSigningKeys.keyId })
      .from(releaseSigningKeys)
      .where(isNull(releaseSigningKeys.retiredAt))
      .limit(1);
    if (existing !== undefined) return;
    const keyId = `relkey_${newUlid()}`;
    const { publicKey, privateKey } = newEd25519KeyPair();
    const wrappedKey = wrapNewKey(config, dataKeyIdentity(keyId));
    const key = unwrapKey(config, wrappedKey, dataKeyIdentity(keyId));
    const sealedPrivateKey = `${wrappedKey}|${sealSecret({ key, plaintext: privateKey, aad: keyIdentity(keyId) })}`;
    await tx.insert(releaseSigningKeys).values({ keyId, publicKey, sealedPrivateKey });
  });
}

/** The key that signs releases now. */
export async function currentReleaseKey({
  store,
  config,
}: Pick<Deps, 'store' | 'config'>): Promise<{ keyId: string; privateKey: string }> {
  const [key] = await store.db
    .select()
    .from(releaseSigningKeys)
    .where(isNull(releaseSigningKeys.retiredAt))
    .orderBy(desc(releaseSigningKeys.createdAt))
    .limit(1);
  if (key === undefined) throw new Error('The Hub has no release key');
  return { keyId: key.keyId, privateKey: openPrivateKey(config, key) };
}

/**
 * The public keys of all release keys, by their ids, each computed from its private key: so somebody who can only write to the
 * database cannot put in a key of their own. One that the master key does not open is left out.
 */
export async function provenPublicKeys(
  { config }: Pick<Deps, 'config'>,
  db: StoreDb,
): Promise<ReadonlyMap<string, string>> {
  const proven = new Map<string, string>();
  for (const key of await db.select().from(releaseSigningKeys)) {
    try {
      proven.set(key.keyId, publicKeyOf(openPrivateKey(config, key)));
    } catch {
      // Not sealed by this Hub, or damaged: whatever it signed is not vouched for.
    }
  }
  return proven;
}

function openPrivateKey(
  config: Deps['config'],
  { keyId, sealedPrivateKey }: Pick<typeof releaseSigningKeys.$inferSelect, 'keyId' | 'sealedPrivateKey'>,
): string {
  const [wrappedKey = '', sealed = ''] = sealedPrivateKey.split('|');
  const key = unwrapKey(config, wrappedKey, dataKeyIdentity(keyId));
  return openSecret({ key, sealed, aad: keyIdentity(keyId) });
}

/** Wraps every release key, those that are retired included, by the master key. @returns how many another one had wrapped */
export async function rewrapReleaseKeys({ config }: Pick<Deps, 'config'>, tx: StoreDb): Promise<number> {
  let rewrapped = 0;
  for (const { keyId, sealedPrivateKey } of await tx.select().from(releaseSigningKeys).for('update')) {
    const [wrappedKey = '', sealed = ''] = sealedPrivateKey.split('|');
    const wrappedAnew = rewrapKey(config, wrappedKey, dataKeyIdentity(keyId));
    if (wrappedAnew === null) continue;
    const values = { sealedPrivateKey: `${wrappedAnew}|${sealed}` };
    await tx.update(releaseSigningKeys).set(values).where(eq(releaseSigningKeys.keyId, keyId));
    rewrapped++;
  }
  return rewrapped;
}

function keyIdentity(keyId: string): string {
  return `release-key/${keyId}`;
}

function dataKeyIdentity(keyId: string): string {
  return `release-key/${keyId}/data-key`;
}
