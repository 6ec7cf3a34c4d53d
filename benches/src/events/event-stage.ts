import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RedisServer, startPostgres } from '@santokit/devkit';
import postgres from 'postgres';
import { BenchHub, BRIDGE_TOKEN, TARGET } from '../bench-hub.ts';
import { freePorts } from '../free-ports.ts';
import { parentOf } from '../process-usage.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { eventRelease, TABLES } from './event-release.ts';

/** PostgreSQL, Redis and a Bridge whose workers run. */
export interface EventStage {
  readonly hub: BenchHub;
  readonly bridge: ServerProcess;
  readonly sql: postgres.Sql;
  /** PostgreSQL's first process. */
  readonly databasePid: number;
  close(): Promise<void>;
}

/** What it has started is stopped when the rest does not start. @param profile folder that gets a CPU profile of the Bridge */
export async function setEventStage(profile: string | undefined): Promise<EventStage> {
  const stops: (() => unknown)[] = [];
  const close = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  try {
    return { ...(await setParts(profile, stops)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setParts(profile: string | undefined, stops: (() => unknown)[]): Promise<Omit<EventStage, 'close'>> {
  const folder = mkdtempSync(join(tmpdir(), 'stk-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const database = await startPostgres({ dataDir: join(folder, 'postgres'), removeDataOnStop: true });
  stops.push(() => database.stop());
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  stops.push(() => sql.end());
  await sql.unsafe(TABLES);
  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const redis = new RedisServer();
  await redis.start();
  stops.push(() => redis.stop());
  const hub = new BenchHub(await eventRelease(), database.url);
  const hubUrl = await hub.start();
  stops.push(() => hub.stop());
  const [port] = await freePorts();
  const bridge = await startServer({
    name: 'The Bridge',
    entry: fileURLToPath(new URL('../../../apps/bridge/src/main.ts', import.meta.url)),
    // As its image starts it.
    flags: ['--max-semi-space-size=16', '--v8-pool-size=1'],
    port,
    environment: {
      STK_HUB_URL: hubUrl,
      STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
      STK_BRIDGE_PORT: String(port),
      STK_BRIDGE_TARGETS: TARGET,
      STK_JOBS_URL: redis.url,
    },
    readyPath: '/readyz',
    logFile: join(folder, 'bridge.log'),
    profile,
    onAnyCore: true,
  });
  stops.push(() => bridge.stop());
  return { hub, bridge, sql, databasePid: parentOf(own?.pid ?? 0) ?? 0 };
}
