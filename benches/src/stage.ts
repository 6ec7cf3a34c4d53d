import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@santokit/devkit';
import postgres from 'postgres';
import { BenchHub, BRIDGE_TOKEN, TARGET } from './bench-hub.ts';
import { fillDatabase } from './fill-database.ts';
import { freePorts } from './free-ports.ts';
import type { BenchOptions } from './options.ts';
import { parentOf } from './process-usage.ts';
import { compileProject } from './release.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Everything that a bench runs on: a filled database, and both servers before it. */
export interface Stage {
  readonly hub: BenchHub;
  readonly bridge: ServerProcess;
  readonly handWritten: ServerProcess;
  readonly databaseUrl: string;
  /** PostgreSQL's first process. */
  readonly databasePid: number;
  close(): Promise<void>;
}

/** Sets the stage in a temporary folder. What it has started is stopped when the rest does not start. */
export async function setStage(options: Pick<BenchOptions, 'pool' | 'profile' | 'driver'>): Promise<Stage> {
  const stops: (() => unknown)[] = [];
  const close = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  try {
    return { ...(await setParts(options, stops)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setParts(
  { pool, profile, driver }: Pick<BenchOptions, 'pool' | 'profile' | 'driver'>,
  stops: (() => unknown)[],
): Promise<Omit<Stage, 'close'>> {
  const folder = mkdtempSync(join(tmpdir(), 'stk-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const database = await startPostgres({ dataDir: join(folder, 'postgres'), removeDataOnStop: true });
  stops.push(() => database.stop());
  await fillDatabase(database.url);
  const hub = new BenchHub(compileProject(here('../project')), database.url);
  const hubUrl = await hub.start();
  stops.push(() => hub.stop());
  const [bridgePort, handWrittenPort] = await freePorts();
  const bridge = await startServer({
    name: 'The Bridge',
    entry: here('../../apps/bridge/src/main.ts'),
    // As its image starts it.
    flags: ['--max-semi-space-size=16', '--v8-pool-size=1'],
    port: bridgePort,
    environment: {
      STK_HUB_URL: hubUrl,
      STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
      STK_BRIDGE_PORT: String(bridgePort),
      STK_BRIDGE_TARGETS: TARGET,
      STK_DB_POOL_MAX_SIZE: String(pool),
    },
    readyPath: '/readyz',
    logFile: join(folder, 'bridge.log'),
    profile,
  });
  stops.push(() => bridge.stop());
  const handWritten = await startServer({
    name: 'The hand-written handler',
    entry: here('hand-written.ts'),
    flags: [],
    port: handWrittenPort,
    environment: {
      BENCH_PORT: String(handWrittenPort),
      BENCH_DATABASE_URL: database.url,
      BENCH_POOL_MAX: String(pool),
      BENCH_DRIVER: driver,
    },
    readyPath: '/',
    logFile: join(folder, 'hand-written.log'),
    profile,
  });
  stops.push(() => handWritten.stop());
  return { hub, bridge, handWritten, databaseUrl: database.url, databasePid: await firstProcessOf(database.url) };
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function firstProcessOf(url: string): Promise<number> {
  const sql = postgres(url, { max: 1 });
  try {
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    return parentOf(row?.pid ?? 0) ?? 0;
  } finally {
    await sql.end();
  }
}
