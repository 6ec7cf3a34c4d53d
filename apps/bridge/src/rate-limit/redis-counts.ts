import type { Logger } from '@santokit/telemetry';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Counted, Counting } from './memory-counts.ts';

export interface RedisCountsOptions {
  /** `redis://…` or `rediss://…`. */
  readonly url: string;
  readonly clock: Pick<Clock, 'steadyMs'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MOST_MS = 1_000;
/** Longer than a busy Bridge takes to get to an answer that is there, so that a flood does not switch its own limit off. */
const COMMAND_TIMEOUT_MS = 1_000;
/** After an answer that did not come, so that a Redis that hangs does not hold up every request. */
const PAUSE_MS = 1_000;

/**
 * Counts as `MemoryCounts` does, in Redis, so that several Bridges share one count: one round trip for each time. Counts expire with
 * their window.
 */
export class RedisCounts {
  readonly #redis: Redis;
  readonly #clock: RedisCountsOptions['clock'];
  readonly #logger: RedisCountsOptions['logger'];
  /** One for each limit and window. */
  readonly #limiters = new Map<string, RateLimiterRedis>();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #isAway = false;

  /** Connects in the background, and again whenever the connection is lost. */
  constructor({ url, clock, logger }: RedisCountsOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#redis = new Redis(url, {
      connectionName: 'santokit-bridge',
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MOST_MS),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    this.#redis.on('error', (error) => this.#gone(error));
    this.#redis.on('close', () => this.#gone());
    this.#redis.on('ready', () => this.#back());
  }

  /** Undefined when Redis did not count. */
  async add(counting: Counting): Promise<Counted | undefined> {
    if (this.#clock.steadyMs() < this.#pausedUntilMs) return undefined;
    const { id, calls, most } = counting;
    try {
      const { consumedPoints, msBeforeNext } = await this.#limiterOf(counting).consume(id, calls);
      this.#back();
      return { isWithin: true, used: consumedPoints, endsInMs: msBeforeNext };
    } catch (thrown) {
      if (thrown instanceof RateLimiterRes)
        return { isWithin: false, used: Math.min(thrown.consumedPoints - calls, most), endsInMs: thrown.msBeforeNext };
      if (this.#redis.status === 'ready') this.#pausedUntilMs = this.#clock.steadyMs() + PAUSE_MS;
      this.#gone(thrown);
      return undefined;
    }
  }

  close(): void {
    this.#redis.removeAllListeners('close');
    this.#redis.disconnect();
  }

  #limiterOf({ most, windowMs }: Counting): RateLimiterRedis {
    const name = `${most};${windowMs}`;
    const known = this.#limiters.get(name);
    if (known !== undefined) return known;
    const limiter = new RateLimiterRedis({
      storeClient: this.#redis,
      keyPrefix: 'stk:rate',
      points: most,
      duration: windowMs / 1_000,
      customIncrTtlLuaScript: COUNT_WHAT_FITS,
      rejectIfRedisNotReady: true,
    });
    this.#limiters.set(name, limiter);
    return limiter;
  }

  #gone(error?: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    // The message of an error may hold the whole URL; its code does not.
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    this.#logger.warn({ code }, 'The rate limit store does not answer: calls are not counted');
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#logger.info('The rate limit store answers again');
  }
}

/**
 * The library's script, but calls that do not fit are not counted: what was refused takes nothing away. ARGV: calls, seconds of the
 * window, most calls. Gives what is used with these calls, and the milliseconds until the count expires.
 */
const COUNT_WHAT_FITS = `
local used = tonumber(redis.call('get', KEYS[1]) or '0') + tonumber(ARGV[1])
local ttl = redis.call('pttl', KEYS[1])
if used > tonumber(ARGV[3]) and ttl > 0 then return {used, ttl} end
if used > tonumber(ARGV[3]) then return {used, 1000 * tonumber(ARGV[2])} end
if ttl > 0 then
  redis.call('incrby', KEYS[1], ARGV[1])
else
  ttl = 1000 * tonumber(ARGV[2])
  used = tonumber(ARGV[1])
  redis.call('set', KEYS[1], used, 'PX', ttl)
end
return {used, ttl}
`;
