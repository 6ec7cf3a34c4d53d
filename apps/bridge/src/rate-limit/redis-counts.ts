import { RateStore, type RateStoreOptions } from '@santokit/rate-store';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Counted, Counting } from './memory-counts.ts';

export interface RedisCountsOptions extends Pick<RateStoreOptions, 'url' | 'logger'> {
  readonly clock: Pick<Clock, 'steadyMs'>;
}

/**
 * Counts as `MemoryCounts` does, in Redis, so that several Bridges share one count: one round trip for each time. Counts expire with
 * their window.
 */
export class RedisCounts {
  readonly #store: RateStore;
  /** One for each limit and window. */
  readonly #limiters = new Map<string, RateLimiterRedis>();

  /** Connects in the background, and again whenever the connection is lost. */
  constructor({ url, clock, logger }: RedisCountsOptions) {
    this.#store = new RateStore({
      url,
      logger,
      connectionName: 'santokit-bridge',
      whileAway: 'calls are not counted',
      steadyMs: () => clock.steadyMs(),
    });
  }

  /** Undefined when Redis did not count. */
  async add(counting: Counting): Promise<Counted | undefined> {
    const { id, calls, most } = counting;
    const asked = await this.#store.ask(() => consume(this.#limiterOf(counting), id, calls));
    if (asked === undefined) return undefined;
    const { isWithin, counted } = asked.answer;
    const used = isWithin ? counted.consumedPoints : Math.min(counted.consumedPoints - calls, most);
    return { isWithin, used, endsInMs: counted.msBeforeNext };
  }

  close(): void {
    this.#store.close();
  }

  #limiterOf({ most, windowMs }: Counting): RateLimiterRedis {
    const name = `${most};${windowMs}`;
    const known = this.#limiters.get(name);
    if (known !== undefined) return known;
    const limiter = new RateLimiterRedis({
      storeClient: this.#store.redis,
      keyPrefix: 'stk:rate',
      points: most,
      duration: windowMs / 1_000,
      customIncrTtlLuaScript: COUNT_WHAT_FITS,
      rejectIfRedisNotReady: true,
    });
    this.#limiters.set(name, limiter);
    return limiter;
  }
}

/** The library throws what does not fit, as it throws what went wrong. */
async function consume(limiter: RateLimiterRedis, id: string, calls: number) {
  try {
    return { isWithin: true, counted: await limiter.consume(id, calls) };
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return { isWithin: false, counted: thrown };
    throw thrown;
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
