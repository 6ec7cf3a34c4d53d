import { openSecret, sealSecret } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { rewrapKey, unwrapKey, wrapNewKey } from '../secrets/master-key.ts';
import type { StoreDb } from '../store/store.ts';
import { operatorTotp } from '../store/tables/totp.ts';

type TotpRow = typeof operatorTotp.$inferSelect;

/** An operator's TOTP secret as it is stored: sealed with a key of its own, which the master key wraps. */
export function sealTotpSecret(
  { config }: Pick<Deps, 'config'>,
  operatorId: string,
  secret: string,
): Pick<TotpRow, 'wrappedKey' | 'sealedSecret'> {
  const wrappedKey = wrapNewKey(config, keyIdentity(operatorId));
  const key = unwrapKey(config, wrappedKey, keyIdentity(operatorId));
  return { wrappedKey, sealedSecret: sealSecret({ key, plaintext: secret, aad: secretIdentity(operatorId) }) };
}

/** The secret in base32. */
export function openTotpSecret(
  { config }: Pick<Deps, 'config'>,
  { operatorId, wrappedKey, sealedSecret }: TotpRow,
): string {
  const key = unwrapKey(config, wrappedKey, keyIdentity(operatorId));
  return openSecret({ key, sealed: sealedSecret, aad: secretIdentity(operatorId) });
}

/** Wraps every key of a secret by the master key. @returns how many another one had wrapped */
export async function rewrapTotpKeys({ config }: Pick<Deps, 'config'>, tx: StoreDb): Promise<number> {
  let rewrapped = 0;
  for (const { operatorId, wrappedKey } of await tx.select().from(operatorTotp).for('update')) {
    const wrappedAnew = rewrapKey(config, wrappedKey, keyIdentity(operatorId));
    if (wrappedAnew === null) continue;
    await tx.update(operatorTotp).set({ wrappedKey: wrappedAnew }).where(eq(operatorTotp.operatorId, operatorId));
    rewrapped++;
  }
  return rewrapped;
}

function secretIdentity(operatorId: string): string {
  return `operator/${operatorId}/totp`;
}

function keyIdentity(operatorId: string): string {
  return `operator/${operatorId}/totp/data-key`;
}
