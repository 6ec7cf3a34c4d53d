import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import type { DataFolder } from './data-folder.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import type { ServerAccount } from './server-account.ts';
import { spawnWatched } from './watched-process.ts';

/**
 * Makes the cluster of `folder` unless it is there. Texts are UTF-8, ordered by code point and with the case rules of
 * Unicode (PostgreSQL's own `C.UTF-8`), which are the same on every platform.
 *
 * @throws {PostgresStartError} when initdb fails.
 */
export async function initialiseCluster(folder: DataFolder, account: ServerAccount, durable: boolean): Promise<void> {
  if (existsSync(folder.clusterDir)) return;
  // Renamed when it is whole: an initdb that was cut off leaves nothing that looks like a cluster.
  const aside = `${folder.clusterDir}.new`;
  await rm(aside, { recursive: true, force: true });
  const log = openSync(folder.logFile, 'w', 0o600);
  try {
    const initdb = spawnWatched({
      account,
      command: account.binaries.initdb,
      args: [
        `--pgdata=${aside}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        `--pwfile=${folder.passwordFile}`,
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(durable ? [] : ['--no-sync']),
      ],
      cwd: folder.dataDir,
      output: log,
    });
    if ((await initdb.exit) !== 0) {
      const reason = (await readFile(folder.logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new PostgresStartError(`initdb failed in ${folder.dataDir}. The end of its log:\n${reason}`);
    }
  } finally {
    closeSync(log);
  }
  await rename(aside, folder.clusterDir);
}
