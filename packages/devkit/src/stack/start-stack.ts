import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortFree } from '../postgres/free-port.ts';
import { type RunningPostgres, startPostgres } from '../postgres/start-postgres.ts';
import { choosePort } from './choose-port.ts';
import { claimStackFolder } from './claim-stack-folder.ts';
import { ensureDatabases } from './ensure-databases.ts';
import { Service } from './service.ts';
import { bridgeEnvironment, hubEnvironment } from './service-environment.ts';
import { createStackFolder } from './stack-folder.ts';
import { openStackState, type StackState } from './stack-state.ts';

export interface StackOptions {
  /** Keeps databases, secrets and logs between runs; made when it is missing. */
  readonly dataDir: string;
  /** Files that run as the Hub and the Bridge: the devkit itself knows no app. */
  readonly hubEntry: string;
  readonly bridgeEntry: string;
  /** TCP ports on 127.0.0.1; 0 takes a free one. */
  readonly hubPort: number;
  readonly bridgePort: number;
  /** The only env that the Bridge serves, as `project/env`. */
  readonly target: string;
  /** The user's database; absent: one in the embedded PostgreSQL. */
  readonly databaseUrl?: string;
  /** Whether the clock starts crons. */
  readonly cron: boolean;
  /** Deletes everything in `dataDir` first. */
  readonly reset?: boolean;
  /** Told about what happens to the services: one line each. */
  readonly note: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface Stack {
  readonly hubUrl: string;
  readonly bridgeUrl: string;
  readonly databaseUrl: string;
  readonly state: StackState;
  /** Keeps changed parts of the state for the next run. */
  saveState(changes: Partial<StackState>): void;
  /** Resolves with a line for the user when PostgreSQL has ended by itself: nothing works without it. */
  readonly broken: Promise<string>;
  /** Starts the Bridge, which polls the Hub for its target from then on: worth it once there is one. */
  startBridge(): Promise<void>;
  /** Stops Bridge, Hub and PostgreSQL; resolves when their processes have ended. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and Hub as processes of their own on this machine, and then, when it is asked to, a Bridge. Hub and Bridge are
 * started again when they die. None of them outlives this process, however it ends.
 *
 * @throws {StackError} in words for the user: the folder is in use, a port is taken, a service does not start.
 * @throws {PostgresStartError} likewise, from the embedded PostgreSQL.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  try {
    return await startParts(options, stops, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function startParts(
  options: StackOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const { note, signal } = options;
  const dataDir = await createStackFolder(options.dataDir);
  const claim = await claimStackFolder(dataDir);
  stops.push(() => claim.release());
  if (options.reset === true) await removeData(dataDir);

  const hubPort = await choosePort(options.hubPort, { flag: '--hub-port', not: options.bridgePort });
  const bridgePort = await choosePort(options.bridgePort, { flag: '--bridge-port', not: hubPort });
  const hubUrl = `http://127.0.0.1:${hubPort}`;
  const bridgeUrl = `http://127.0.0.1:${bridgePort}`;
  const { state, save } = openStackState(dataDir);

  const postgres = await startServer(join(dataDir, 'postgres'), state.postgresPort);
  stops.push(() => postgres.stop());
  save({ postgresPort: postgres.port });
  signal.throwIfAborted();
  const urls = await ensureDatabases(postgres.url, ['santokit_hub', 'santokit_jobs', 'main']);

  const logs = join(dataDir, 'logs');
  const hub = new Service({
    name: 'Hub',
    entry: options.hubEntry,
    logFile: join(logs, 'hub.log'),
    aliveUrl: `${hubUrl}/readyz`,
    environment: hubEnvironment({ state, port: hubPort, databaseUrl: urls.santokit_hub }),
    note,
  });
  const bridge = new Service({
    name: 'Bridge',
    entry: options.bridgeEntry,
    logFile: join(logs, 'bridge.log'),
    aliveUrl: `${bridgeUrl}/healthz`,
    environment: bridgeEnvironment({
      state,
      port: bridgePort,
      hubUrl,
      target: options.target,
      jobsUrl: urls.santokit_jobs,
      cron: options.cron,
    }),
    note,
  });
  stops.push(() => Promise.all([bridge.stop(), hub.stop()]).then(() => undefined));
  await hub.start(signal);
  return {
    hubUrl,
    bridgeUrl,
    databaseUrl: options.databaseUrl ?? urls.main,
    state,
    saveState: save,
    startBridge: () => bridge.start(signal),
    broken: postgres.ended.then(
      () => `PostgreSQL ended by itself; its log is ${join(dataDir, 'postgres', 'postgres.log')}`,
    ),
    stop,
  };
}

async function startServer(dataDir: string, lastPort: number | undefined): Promise<RunningPostgres> {
  const isFree = lastPort !== undefined && (await isPortFree(lastPort));
  return startPostgres({ dataDir, ...(isFree ? { port: lastPort } : {}) });
}

async function removeData(dataDir: string): Promise<void> {
  const removed = ['postgres', 'state.json'].map((name) => rm(join(dataDir, name), { recursive: true, force: true }));
  await Promise.all(removed);
}
