import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { JobStore } from './job-store.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MOST_MS = 1_000;

/** Queues in Redis, at `redis://…` or `rediss://…`. */
export function redisStore(url: string, onError: (error: unknown) => void): JobStore {
  const connect = (name: string) => {
    const redis = new Redis(url, {
      connectionName: `santokit-jobs-${name}`,
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MOST_MS),
      // Asked for by the library: what is sent waits for the connection. Who asks waits only so long.
      maxRetriesPerRequest: null,
    });
    redis.on('error', onError);
    return redis;
  };
  const asking = connect('asking');
  const working = connect('working');
  return {
    asking: { connection: asking, createBackend: createRedisBackend },
    working: { connection: working, createBackend: createRedisBackend },
    async prepare() {
      await asking.ping();
    },
    close() {
      asking.disconnect();
      working.disconnect();
    },
  };
}
