import { createHash } from 'node:crypto';
import { RateStore } from '@santokit/rate-store';
import type { Logger } from '@santokit/telemetry';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

/** Counts attempts, each under its key until the window that begins with the first one ends. Each door decides what is too many. */
export type AttemptCounts = Pick<RateLimiterAbstract, 'consume' | 'reward' | 'get' | 'delete'>;

const ONLY_COUNTS = { points: Number.MAX_SAFE_INTEGER, duration: 60 };

/** Counts in this Hub's memory. */
export function memoryAttempts(): AttemptCounts {
  return new RateLimiterMemory(ONLY_COUNTS);
}

export interface SharedAttemptsOptions {
  /** `redis://…` or `rediss://…`. */
  readonly url: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Called for each time that Redis did not count. */
  readonly onFailure: () => void;
  /** Fires when the Hub stops. */
  readonly stopping: AbortSignal;
}

/**
 * Counts in Redis, so that several Hubs share one count. While Redis is away each counts for itself: attempts at passwords must not
 * become free because of it.
 */
export class SharedAttempts implements AttemptCounts {
  readonly #onFailure: () => void;
  readonly #store: RateStore;
  readonly #shared: AttemptCounts;
  readonly #own = memoryAttempts();

  /** Connects in the background, and again whenever the connection is lost. */
  constructor({ url, logger, onFailure, stopping }: SharedAttemptsOptions) {
    this.#onFailure = onFailure;
    this.#store = new RateStore({
      url,
      logger,
      connectionName: 'santokit-hub',
      whileAway: 'each Hub counts attempts to log in for itself',
      steadyMs: () => performance.now(),
    });
    stopping.addEventListener('abort', () => this.#store.close());
    this.#shared = new RateLimiterRedis({
      ...ONLY_COUNTS,
      storeClient: this.#store.redis,
      keyPrefix: 'stk:attempts',
      rejectIfRedisNotReady: true,
    });
  }

  consume(...[key, points, options]: Parameters<AttemptCounts['consume']>) {
    return this.#inEither((counts) => counts.consume(shownAs(key), points, options));
  }

  reward(...[key, points, options]: Parameters<AttemptCounts['reward']>) {
    return this.#inEither((counts) => counts.reward(shownAs(key), points, options));
  }

  get(...[key]: Parameters<AttemptCounts['get']>) {
    return this.#inEither((counts) => counts.get(shownAs(key)));
  }

  delete(...[key]: Parameters<AttemptCounts['delete']>) {
    return this.#inEither((counts) => counts.delete(shownAs(key)));
  }

  async #inEither<T>(work: (counts: AttemptCounts) => Promise<T>): Promise<T> {
    const asked = await this.#store.ask(() => work(this.#shared));
    if (asked !== undefined) return asked.answer;
    this.#onFailure();
    return await work(this.#own);
  }
}

/** Keys hold addresses of people, which are nobody's business in Redis. */
function shownAs(key: string | number): string {
  return createHash('sha256').update(String(key)).digest('base64url');
}
