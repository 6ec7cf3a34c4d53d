import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasRedisServer, RedisServer, type RunningPostgres, startPostgres } from '@santokit/devkit';

/** A store of one test file that can be taken away and brought back, with all that it was told. */
export interface TestStore {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** Each kind of store, and whether this machine can run it. */
export const TEST_STORES = [
  { kind: 'Redis', isHere: hasRedisServer, create: redis },
  { kind: 'PostgreSQL', isHere: true, create: postgres },
] as const;

async function redis(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-jobs-redis-'));
  const server = new RedisServer(folder);
  return {
    get url() {
      return server.url;
    },
    start: () => server.start(),
    stop: () => server.stop(),
    async remove() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function postgres(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-jobs-postgres-'));
  const dataDir = join(folder, 'data');
  let running: RunningPostgres | undefined;
  let url = '';
  return {
    get url() {
      return url;
    },
    async start() {
      running = await startPostgres({ dataDir, ...(running && { port: running.port }) });
      url = running.url;
    },
    stop: async () => running?.stop(),
    async remove() {
      await running?.stop();
      await rm(folder, { recursive: true });
    },
  };
}
