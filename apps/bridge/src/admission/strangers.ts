import { LRUCache } from 'lru-cache';
import { Refusals } from './refusals.ts';

const MOST_ADDRESSES = 10_000;

/**
 * Says which refusals of those whom no credential lets in are held back, by address. Nobody is refused for their address: behind a
 * proxy all callers have the same one, and good credentials are served as ever.
 */
export class Strangers {
  readonly #refusals = new LRUCache<string, Refusals>({ max: MOST_ADDRESSES });

  /** Counts one refusal. @returns how long it is to be held back; 0 where there are few from the address */
  holdBackMs(address: string, nowMs: number): number {
    const known = this.#refusals.get(address);
    if (known !== undefined) return known.holdBackMs(nowMs);
    const refusals = new Refusals();
    this.#refusals.set(address, refusals);
    return refusals.holdBackMs(nowMs);
  }
}
