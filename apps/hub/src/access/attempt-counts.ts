import { createHash } from 'node:crypto';
import type { Logger } from '@santokit/telemetry';
import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

/** Counts attempts, each under its key until the window that begins with the first one ends. Each door decides what is too many. */
export type AttemptCounts = Pick<RateLimiterAbstract, 'consume' | 'reward' | 'get' | 'delete'>;

const ONLY_COUNTS = { points: Number.MAX_SAFE_INTEGER, duration: 60 };
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MOST_MS = 1_000;
/** Longer than a busy Hub takes to get to an answer that is there, so that a flood does not get itself counted elsewhere. */
const COMMAND_TIMEOUT_MS = 1_000;
/** After an answer that did not come, so that a Redis that hangs does not hold up every login. */
const PAUSE_MS = 1_000;

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
  readonly #options: SharedAttemptsOptions;
  readonly #redis: Redis;
  readonly #shared: AttemptCounts;
  readonly #own = memoryAttempts();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #isAway = false;

  /** Connects in the background, and again whenever the connection is lost. */
  constructor(options: SharedAttemptsOptions) {
    this.#options = options;
    this.#redis = new Redis(options.url, {
      connectionName: 'santokit-hub',
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MOST_MS),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    this.#redis.on('error', (error) => this.#gone(error));
    this.#redis.on('ready', () => this.#back());
    options.stopping.addEventListener('abort', () => this.#redis.disconnect());
    this.#shared = new RateLimiterRedis({
      ...ONLY_COUNTS,
      storeClient: this.#redis,
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
    if (performance.now() >= this.#pausedUntilMs)
      try {
        const done = await work(this.#shared);
        this.#back();
        return done;
      } catch (thrown) {
        if (this.#redis.status === 'ready') this.#pausedUntilMs = performance.now() + PAUSE_MS;
        this.#gone(thrown);
      }
    this.#options.onFailure();
    return await work(this.#own);
  }

  #gone(thrown: unknown): void {
    if (this.#isAway || this.#options.stopping.aborted) return;
    this.#isAway = true;
    // The message of an error may hold the whole URL; its code does not.
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
    this.#options.logger.warn(
      { code },
      'The rate limit store does not answer: each Hub counts attempts to log in for itself',
    );
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.logger.info('The rate limit store answers again');
  }
}

/** Keys hold addresses of people, which are nobody's business in Redis. */
function shownAs(key: string | number): string {
  return createHash('sha256').update(String(key)).digest('base64url');
}
