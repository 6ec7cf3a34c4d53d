import type { CallRate } from '@santokit/calls';
import { StkError } from '@santokit/contract';
import type { Clock } from '../clock.ts';
import type { Caller } from '../credential/caller.ts';
import type { Target } from '../target/target.ts';
import { type Counted, MemoryCounts } from './memory-counts.ts';
import type { RedisCounts } from './redis-counts.ts';

/** How a caller stands to the rate that holds for them, the calls just counted included. */
export interface Standing {
  readonly rate: CallRate;
  /** Whether those calls may be made. */
  readonly isWithin: boolean;
  readonly remaining: number;
  /** Until the window ends; at least 1. */
  readonly resetSeconds: number;
}

export interface RateLimiterOptions {
  readonly clock: Pick<Clock, 'steadyMs'>;
  /** Absent: each Bridge counts for itself. */
  readonly store?: RedisCounts | undefined;
  /** Called for each time that the store did not count. */
  readonly onStoreFailure: () => void;
}

/** Counts what each API key and each end user of an env calls. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #counts = new WeakMap<Target, TargetCounts>();

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /**
   * Counts `calls` of a caller, all or none. A promise only where there is a store, because nearly every call comes by here.
   * @returns undefined where there is no limit, or the store is away
   */
  count(caller: Caller, calls: number): Standing | undefined | Promise<Standing | undefined> {
    const rate = rateOfCaller(caller);
    const { principal, keyId, target } = caller;
    const id = keyId ?? principal.sub;
    if (rate === undefined || id === null) return undefined;
    const { clock, store } = this.#options;
    const { most, windowMs } = rate;
    if (store !== undefined) {
      const { project, env } = target.name;
      const shared = `${project}/${env}/${keyId === undefined ? 'user' : 'key'}:${id}`;
      return this.#standingInStore(rate, store.add({ id: shared, calls, most, windowMs }));
    }
    const { apiKeys, endUsers } = this.#countsOf(target);
    const counts = keyId === undefined ? endUsers : apiKeys;
    return standingOf(rate, counts.add({ id, calls, most, windowMs }, clock.steadyMs()));
  }

  /** Lets go of the store. */
  close(): void {
    this.#options.store?.close();
  }

  async #standingInStore(rate: CallRate, counting: Promise<Counted | undefined>): Promise<Standing | undefined> {
    const counted = await counting;
    if (counted !== undefined) return standingOf(rate, counted);
    this.#options.onStoreFailure();
    return undefined;
  }

  #countsOf(target: Target): TargetCounts {
    const known = this.#counts.get(target);
    if (known !== undefined) return known;
    const counts = { apiKeys: new MemoryCounts(), endUsers: new MemoryCounts() };
    this.#counts.set(target, counts);
    return counts;
  }
}

/** Ids of keys and of users are not of one kind, so neither can use up what is the other's. */
interface TargetCounts {
  readonly apiKeys: MemoryCounts;
  readonly endUsers: MemoryCounts;
}

/** @throws StkError `TOO_MANY_REQUESTS` where the calls may not be made */
export function requireStanding(standing: Standing | undefined): void {
  if (standing === undefined || standing.isWithin) return;
  const retryAfterSeconds = standing.resetSeconds;
  throw new StkError('TOO_MANY_REQUESTS', 'Too many calls: try again later', { retryAfterSeconds });
}

/** The rate that holds for a caller; undefined where none does: without authentication, and while no release is loaded. */
function rateOfCaller({ type, target }: Caller): CallRate | undefined {
  if (type === 'none') return undefined;
  return type === 'api_key' ? target.served?.rates.apiKey : target.served?.rates.endUser;
}

function standingOf(rate: CallRate, { isWithin, used, endsInMs }: Counted): Standing {
  const remaining = Math.max(0, rate.most - used);
  return { rate, isWithin, remaining, resetSeconds: Math.max(1, Math.ceil(endsInMs / 1_000)) };
}
