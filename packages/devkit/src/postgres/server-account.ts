import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { AccountIds } from './account-ids.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { CAP_DAC_READ_SEARCH, hasCapability } from './capability.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { reachableBinaries } from './reachable-binaries.ts';

/** Who the server runs as, and how to start a program as them. */
export interface ServerAccount {
  readonly binaries: PostgresBinaries;
  /** The account that owns the data, where that is not the one that we run as. */
  readonly owner: AccountIds | undefined;
  /** The command line that runs `command` as this account. */
  wrap(command: CommandLine): CommandLine;
  readonly spawnOptions: Partial<AccountIds>;
}

export type CommandLine = readonly [string, ...string[]];

const OWN_ACCOUNT = 'santokit';
const FALLBACK_ACCOUNTS = ['postgres', 'nobody'];
const ACCOUNT_ATTEMPTS = 20;
const run = promisify(execFile);

/**
 * PostgreSQL refuses to run as root. As root we therefore use the owner of existing data, else a system account of
 * our own, else (where none can be made) one that is there. As anybody else we run as ourselves.
 *
 * @param dataDir an existing folder, absolute and without symbolic links
 */
export async function selectServerAccount(dataDir: string): Promise<ServerAccount> {
  const binaries = findBinaries();
  if (process.getuid?.() !== 0) {
    return { binaries, owner: undefined, wrap: (command) => command, spawnOptions: {} };
  }
  const owner = (await ownerOfCluster(dataDir)) ?? (await ensureAccount());
  return {
    binaries: await reachableBinaries(binaries, owner),
    owner,
    ...((await mayEnter(dirname(dataDir), owner)) ? asOwner(owner) : asOwnerWhoPassesClosedFolders(owner)),
  };
}

async function ownerOfCluster(dataDir: string): Promise<AccountIds | undefined> {
  const found = await stat(join(dataDir, 'cluster')).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function ensureAccount(): Promise<AccountIds> {
  for (let attempt = 1; attempt <= ACCOUNT_ATTEMPTS; attempt++) {
    const ids = await lookUp(OWN_ACCOUNT);
    if (ids !== undefined) return ids;
    const lockedByAnother = await run('useradd', [
      '--system',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      OWN_ACCOUNT,
    ]).then(
      () => true,
      (error: unknown) => error instanceof Error && /lock|already exists/.test(error.message),
    );
    if (!lockedByAnother) break;
    await sleep(100);
  }
  for (const name of FALLBACK_ACCOUNTS) {
    const ids = await lookUp(name);
    if (ids !== undefined) return ids;
  }
  throw new PostgresStartError(
    `PostgreSQL does not run as root, and no account for it could be made. Run: useradd --system ${OWN_ACCOUNT}`,
  );
}

async function lookUp(name: string): Promise<AccountIds | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    // `id` fails exactly when there is no such account.
    return undefined;
  }
}

async function mayEnter(folder: string, ids: AccountIds): Promise<boolean> {
  return await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...ids }).then(
    () => true,
    () => false,
  );
}

function asOwner(owner: AccountIds): Pick<ServerAccount, 'wrap' | 'spawnOptions'> {
  return { wrap: (command) => command, spawnOptions: owner };
}

/**
 * A checkout below /root (mode 700) is closed to the account, and the user's folders are not ours to open. The server
 * keeps one right of root's, to pass through folders whatever their mode. Containers may lack the weaker right.
 */
function asOwnerWhoPassesClosedFolders({ uid, gid }: AccountIds): Pick<ServerAccount, 'wrap' | 'spawnOptions'> {
  const right = hasCapability(CAP_DAC_READ_SEARCH) ? 'dac_read_search' : 'dac_override';
  const switches = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', `--inh-caps=+${right}`];
  return {
    wrap: (command) => ['setpriv', ...switches, `--ambient-caps=+${right}`, '--', ...command],
    spawnOptions: {},
  };
}
