import type { InternalKeys, Principal } from '@santokit/contract';
import { type AccessTokenKey, importAccessTokenKey } from '@santokit/crypto';

export interface KnownApiKey {
  readonly secretHash: string;
  /** The same object for every request of the key. */
  readonly principal: Principal;
  /** Seconds since the epoch. */
  readonly expiresAt: number | null;
}

/** The verification material of one env, ready to use. */
export interface KeyRing {
  /** By key id. */
  readonly apiKeys: ReadonlyMap<string, KnownApiKey>;
  /** By `kid`. */
  readonly tokenKeys: ReadonlyMap<string, AccessTokenKey>;
  /** By `sub`: tokens issued before these seconds are refused. */
  readonly notBefore: ReadonlyMap<string, number>;
  readonly releaseKeys: InternalKeys['releaseKeys'];
  /** What values are hashed with that a rule masks so, base64; a Hub of before sends none. */
  readonly maskKey: string | undefined;
}

/**
 * Prepares what the Hub sent.
 * @throws TypeError when a public key is not one
 */
export function createKeyRing(keys: InternalKeys): KeyRing {
  const tokenKeys = keys.tokenKeys.map(({ kid, publicKey }) => [kid, importAccessTokenKey(publicKey)] as const);
  return {
    apiKeys: new Map(
      keys.apiKeys.map(({ keyId, secretHash, roles, expiresAt }) => [
        keyId,
        { secretHash, expiresAt, principal: { type: 'api_key', sub: null, roles, claims: {} } },
      ]),
    ),
    tokenKeys: new Map(tokenKeys),
    notBefore: new Map(keys.notBefore.map(({ sub, notBefore }) => [sub, notBefore])),
    releaseKeys: keys.releaseKeys,
    maskKey: keys.maskKey,
  };
}
