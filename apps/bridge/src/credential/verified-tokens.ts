import { LRUCache } from 'lru-cache';
import type { KeyRing } from '../target/key-ring.ts';
import type { Caller } from './caller.ts';

/** What was found out about a token. */
export interface VerifiedToken {
  /** The same object for every request of the token. */
  readonly caller: Caller;
  readonly kid: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** The keys and marks that admitted it. */
  readonly keys: KeyRing;
  /** Since the epoch, clock skew included. */
  readonly validUntilMs: number;
}

const MOST_TOKENS = 10_000;

/** Tokens that were verified, so that it is done once for each: until they expire, or what admitted them is taken back. */
export class VerifiedTokens {
  readonly #tokens = new LRUCache<string, VerifiedToken>({ max: MOST_TOKENS });

  add(token: string, verified: VerifiedToken): void {
    this.#tokens.set(token, verified);
  }

  /** Undefined for a token that has to be verified, or verified again. */
  get(token: string, nowMs: number): Caller | undefined {
    const known = this.#tokens.get(token);
    if (known === undefined || nowMs > known.validUntilMs) return undefined;
    const { keys } = known.caller.target;
    if (keys === known.keys) return known.caller;
    if (keys === undefined || !admits(keys, known)) return undefined;
    this.#tokens.set(token, { ...known, keys });
    return known.caller;
  }

  /** Forgets them all: an env is no longer served. */
  clear(): void {
    this.#tokens.clear();
  }
}

/** Whether other keys and marks admit a token too. Marks and API keys come and go, and most tokens have nothing to do with them. */
function admits(keys: KeyRing, { kid, sub, iat, keys: before }: VerifiedToken): boolean {
  const [key, keyBefore] = [keys.tokenKeys.get(kid), before.tokenKeys.get(kid)];
  if (key === undefined || keyBefore === undefined || !key.equals(keyBefore)) return false;
  return iat >= (keys.notBefore.get(sub) ?? 0);
}
