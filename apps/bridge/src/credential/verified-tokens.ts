import { LRUCache } from 'lru-cache';
import type { KeyRing } from '../target/key-ring.ts';
import type { Caller } from './caller.ts';

/** What was found out about a token. */
export interface VerifiedToken {
  /** The same object for every request of the token. */
  readonly caller: Caller;
  /** The keys and marks that admitted it. */
  readonly keys: KeyRing;
  /** Since the epoch, clock skew included. */
  readonly validUntilMs: number;
}

const MOST_TOKENS = 10_000;

/** Tokens that were verified, so that it is done once for each: until they expire, or the keys of their env change. */
export class VerifiedTokens {
  readonly #tokens = new LRUCache<string, VerifiedToken>({ max: MOST_TOKENS });

  add(token: string, verified: VerifiedToken): void {
    this.#tokens.set(token, verified);
  }

  /** Undefined for a token that has to be verified, or verified again. */
  get(token: string, nowMs: number): Caller | undefined {
    const known = this.#tokens.get(token);
    if (known === undefined) return undefined;
    const { caller, keys, validUntilMs } = known;
    return keys === caller.target.keys && nowMs <= validUntilMs ? caller : undefined;
  }

  /** Forgets them all: an env is no longer served. */
  clear(): void {
    this.#tokens.clear();
  }
}
