import { join, resolve } from 'node:path';
import { usageFailure } from '../cli-failure.ts';
import { projectOrCurrentFolder } from '../context/project-folder.ts';
import { projectName } from '../dev/project-name.ts';
import type { Define, Invocation } from '../invocation.ts';
import { parseDatabaseUrl } from './database-url.ts';

interface DevFlags {
  readonly dataDir?: string;
  readonly hubPort: number;
  readonly bridgePort: number;
  readonly dbUrl?: string;
  readonly reset?: boolean;
  readonly watch: boolean;
  readonly cron?: boolean;
}

const HUB_PORT = 4_000;
const BRIDGE_PORT = 4_100;

export const defineDev: Define = (command, run) => {
  command
    .option('--data-dir <folder>', 'databases, secrets and logs, kept between runs (default: .stk/dev in the project)')
    .option('--hub-port <port>', 'the Hub; 0 takes a free port', parsePort('--hub-port'), HUB_PORT)
    .option('--bridge-port <port>', 'the Bridge; 0 takes a free port', parsePort('--bridge-port'), BRIDGE_PORT)
    .option('--db-url <url>', 'use this PostgreSQL database as main, not the embedded one')
    .option('--reset', 'forget what was kept: databases, keys, releases')
    .option('--cron', 'let the clock start crons; without it only stk cron trigger does')
    .option('--no-watch', 'do not apply changes')
    .action(run(dev));
};

async function dev(invocation: Invocation, flags: DevFlags): Promise<undefined> {
  const folder = projectOrCurrentFolder(invocation);
  const databaseUrl = flags.dbUrl === undefined ? undefined : parseDatabaseUrl(flags.dbUrl);
  const { runDev } = await import('../dev/run-dev.ts');
  await runDev({
    folder,
    project: invocation.flags.project ?? projectName(folder),
    dataDir: flags.dataDir === undefined ? join(folder, '.stk', 'dev') : resolve(invocation.cwd, flags.dataDir),
    hubPort: flags.hubPort,
    bridgePort: flags.bridgePort,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    reset: flags.reset === true,
    watch: flags.watch,
    cron: flags.cron === true,
    console: invocation.console,
  });
}

function parsePort(flag: string): (value: string) => number {
  return (value) => {
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    throw usageFailure(`${flag} must be a port number, not ${JSON.stringify(value)}`);
  };
}
