import type { Logger } from '@santokit/telemetry';
import { Redis } from 'ioredis';

export interface RateStoreOptions {
  /** `redis://…` or `rediss://…`. */
  readonly url: string;
  /** The program's, by which Redis lists its connections. */
  readonly connectionName: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** What is done while Redis is away, for the log. */
  readonly whileAway: string;
  /** Milliseconds of a clock that never goes back. */
  readonly steadyMs: () => number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MOST_MS = 1_000;
/** Longer than a busy program takes to get to an answer that is there, so that a flood does not switch its own limit off. */
const COMMAND_TIMEOUT_MS = 1_000;
/** After an answer that did not come, so that a Redis that hangs does not hold up every request. */
const PAUSE_MS = 1_000;

/** A Redis that several programs count in together, and that may be away. */
export class RateStore {
  /** For the library that counts. */
  readonly redis: Redis;
  readonly #options: RateStoreOptions;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #isAway = false;

  /** Connects in the background, and again whenever the connection is lost. */
  constructor(options: RateStoreOptions) {
    this.#options = options;
    this.redis = new Redis(options.url, {
      connectionName: options.connectionName,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MOST_MS),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    this.redis.on('error', (error) => this.#gone(error));
    this.redis.on('close', () => this.#gone());
    this.redis.on('ready', () => this.#back());
  }

  /** What `work` answers, which asks Redis; undefined when Redis did not answer, or did not just before. Never rejects. */
  async ask<T>(work: () => Promise<T>): Promise<{ readonly answer: T } | undefined> {
    const { steadyMs } = this.#options;
    if (steadyMs() < this.#pausedUntilMs) return undefined;
    try {
      const answer = await work();
      this.#back();
      return { answer };
    } catch (thrown) {
      if (this.redis.status === 'ready') this.#pausedUntilMs = steadyMs() + PAUSE_MS;
      this.#gone(thrown);
      return undefined;
    }
  }

  /** Ends the connection, and says nothing of it. */
  close(): void {
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
  }

  #gone(error?: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    // The message of an error may hold the whole URL; its code does not.
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    this.#options.logger.warn({ code }, `The rate limit store does not answer: ${this.#options.whileAway}`);
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.logger.info('The rate limit store answers again');
  }
}
