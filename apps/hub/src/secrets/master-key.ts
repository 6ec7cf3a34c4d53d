import { StkError } from '@santokit/contract';
import { createDataKey, rewrapDataKey, unwrapDataKey } from '@santokit/crypto';
import type { HubConfig } from '../config.ts';

type MasterKeys = Pick<HubConfig, 'masterKey' | 'previousMasterKey'>;

/** A new data key, wrapped by the master key. */
export function wrapNewKey({ masterKey }: MasterKeys, identity: string): string {
  return createDataKey(masterKey, identity);
}

/**
 * The 32 bytes of a data key that the master key wrapped, or, while one is rotated, the one before it.
 * @throws Error when neither did
 */
export function unwrapKey({ masterKey, previousMasterKey }: MasterKeys, wrapped: string, identity: string): Uint8Array {
  const isPrevious = previousMasterKey !== undefined && !wraps(masterKey, wrapped, identity);
  return unwrapDataKey(isPrevious ? previousMasterKey : masterKey, wrapped, identity);
}

/**
 * The same data key under the master key.
 * @returns null when that is what wraps it already
 * @throws StkError `CONFLICT` when neither key wrapped it
 */
export function rewrapKey(
  { masterKey, previousMasterKey }: MasterKeys,
  wrapped: string,
  identity: string,
): string | null {
  if (wraps(masterKey, wrapped, identity)) return null;
  if (previousMasterKey !== undefined && wraps(previousMasterKey, wrapped, identity))
    return rewrapDataKey({ from: previousMasterKey, to: masterKey, wrapped, aad: identity });
  throw new StkError(
    'CONFLICT',
    'A data key is wrapped neither by STK_HUB_MASTER_KEY nor by STK_HUB_MASTER_KEY_PREVIOUS; nothing was changed',
  );
}

function wraps(masterKey: Uint8Array, wrapped: string, identity: string): boolean {
  try {
    unwrapDataKey(masterKey, wrapped, identity);
    return true;
  } catch {
    return false;
  }
}
