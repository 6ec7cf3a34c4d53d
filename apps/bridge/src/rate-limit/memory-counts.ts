/** What a caller has used of a window. */
interface Count {
  used: number;
  endsAtMs: number;
}

/** What came of counting. */
export interface Counted {
  readonly isWithin: boolean;
  /** Of the calls that the window may hold, those that were made. */
  readonly used: number;
  readonly endsInMs: number;
}

export interface Counting {
  /** Who is counted. */
  readonly id: string;
  readonly calls: number;
  readonly most: number;
  readonly windowMs: number;
}

const MOST_IDS = 100_000;

/**
 * Counts calls in windows of time that begin with a caller's first call. What is beyond the limit is not counted. Ids that were not seen
 * for a while are forgotten together: those of this generation grow old when a window's time has passed or they are too many, and are
 * dropped when the next ones grow old. So no timer is needed, memory is bounded, and a count costs one look into a map.
 */
export class MemoryCounts {
  readonly #mostIds: number;
  #young = new Map<string, Count>();
  #old = new Map<string, Count>();
  #longestWindowMs = 0;
  #agesAtMs = Number.NEGATIVE_INFINITY;

  constructor(mostIds = MOST_IDS) {
    this.#mostIds = mostIds;
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** @param nowMs of a clock that is never set */
  add({ id, calls, most, windowMs }: Counting, nowMs: number): Counted {
    if (windowMs > this.#longestWindowMs) this.#longestWindowMs = windowMs;
    const count = this.#countOf(id, windowMs, nowMs);
    if (count.endsAtMs <= nowMs) {
      count.used = 0;
      count.endsAtMs = nowMs + windowMs;
    }
    const isWithin = count.used + calls <= most;
    if (isWithin) count.used += calls;
    return { isWithin, used: count.used, endsInMs: count.endsAtMs - nowMs };
  }

  #countOf(id: string, windowMs: number, nowMs: number): Count {
    if (nowMs >= this.#agesAtMs || this.#young.size >= this.#mostIds) this.#age(nowMs);
    const young = this.#young.get(id);
    if (young !== undefined) return young;
    const count = this.#old.get(id) ?? { used: 0, endsAtMs: nowMs + windowMs };
    this.#young.set(id, count);
    this.#old.delete(id);
    return count;
  }

  #age(nowMs: number): void {
    this.#agesAtMs = nowMs + this.#longestWindowMs;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
