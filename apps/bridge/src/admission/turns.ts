import { StkError } from '@santokit/contract';

/** Who waits, and whether they still do. */
export interface Waiter {
  readonly aborted: boolean;
}

interface Waiting {
  readonly waiter: Waiter;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: StkError) => void;
}

const MOST_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 500;

/**
 * Lets so many work at the same time; the others wait in the order in which they came, for ten seconds at most. Work that has begun
 * comes back to the event loop again and again, and all of it would be done before anybody else's.
 */
export class Turns {
  readonly #most: number;
  readonly #mostWaitMs: number;
  #atWork = 0;
  #waiting: Waiting[] = [];
  /** Those before it have had their turn. */
  #first = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(most: number, mostWaitMs = MOST_WAIT_MS) {
    this.#most = most;
    this.#mostWaitMs = mostWaitMs;
  }

  /** Undefined when it may begin at once. The promise rejects with `SERVICE_UNAVAILABLE` where it took too long. */
  begin(waiter: Waiter): Promise<void> | undefined {
    if (this.#atWork < this.#most) {
      this.#atWork++;
      return undefined;
    }
    this.#watch ??= setTimeout(() => this.#look(), Math.min(LOOK_EVERY_MS, this.#mostWaitMs)).unref();
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ waiter, sinceMs: performance.now(), resolve, reject });
    });
  }

  /** After each work that has begun: the next one's turn. */
  end(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (next.waiter.aborted) next.reject(tookTooLong());
      else {
        next.resolve();
        return;
      }
    }
    this.#atWork--;
  }

  #take(): Waiting | undefined {
    const next = this.#waiting[this.#first];
    if (next === undefined) return undefined;
    this.#first++;
    // What is done with is let go of in one piece, which costs nothing for each.
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return next;
  }

  #look(): void {
    this.#watch = undefined;
    const latestMs = performance.now() - this.#mostWaitMs;
    for (let next = this.#waiting[this.#first]; next !== undefined; next = this.#waiting[this.#first]) {
      if (next.sinceMs > latestMs && !next.waiter.aborted) {
        this.#watch = setTimeout(() => this.#look(), Math.min(LOOK_EVERY_MS, this.#mostWaitMs)).unref();
        return;
      }
      this.#take()?.reject(tookTooLong());
    }
  }
}

function tookTooLong(): StkError {
  return new StkError('SERVICE_UNAVAILABLE', 'Too many requests are waiting');
}
