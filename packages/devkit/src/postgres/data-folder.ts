import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountIds } from './account-ids.ts';
import { PostgresStartError } from './postgres-start-error.ts';
import { identifyProcess } from './process-identity.ts';

/** A folder that holds one cluster, claimed by this process. */
export interface DataFolder {
  readonly dataDir: string;
  /** PostgreSQL's own data directory. */
  readonly clusterDir: string;
  readonly logFile: string;
  readonly passwordFile: string;
  readonly password: string;
  /** Gives the claim up. */
  release(): Promise<void>;
}

const CLAIM = 'owner.json';
const OURS = new Set([CLAIM, 'cluster', 'cluster.new', 'password', 'postgres.log']);

/**
 * Creates `dataDir` when it is missing and answers its absolute path without symbolic links.
 *
 * @throws {PostgresStartError} when it cannot be created, or holds something else.
 */
export async function createDataFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const foreign = (await readdir(dataDir)).find((name) => !OURS.has(name));
    if (foreign === undefined) return await realpath(dataDir);
    throw new PostgresStartError(`${dataDir} holds something else (${foreign}). Choose an empty folder.`);
  } catch (error) {
    throw asStartError(dataDir, error);
  }
}

/**
 * Claims `dataDir` for this process, with the password of its superuser.
 *
 * @throws {PostgresStartError} when a living process has claimed it.
 */
export async function claimDataFolder(dataDir: string, owner: AccountIds | undefined): Promise<DataFolder> {
  try {
    if (owner !== undefined) await chown(dataDir, owner.uid, owner.gid);
    await writeClaim(dataDir);
    const passwordFile = join(dataDir, 'password');
    return {
      dataDir,
      clusterDir: join(dataDir, 'cluster'),
      logFile: join(dataDir, 'postgres.log'),
      passwordFile,
      password: await readOrMakePassword(passwordFile, owner),
      release: () => rm(join(dataDir, CLAIM), { force: true }),
    };
  } catch (error) {
    throw asStartError(dataDir, error);
  }
}

/** PostgreSQL's postmaster.pid decides in the end; the claim is there to tell a running owner from a dead one. */
async function writeClaim(dataDir: string): Promise<void> {
  const file = join(dataDir, CLAIM);
  for (;;) {
    const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
      throw error;
    });
    if (handle !== undefined) {
      await handle.writeFile(JSON.stringify({ pid: process.pid, identity: await identifyProcess(process.pid) }));
      await handle.close();
      return;
    }
    const pid = await livingClaimant(file);
    if (pid !== undefined) {
      throw new PostgresStartError(
        `The database in ${dataDir} is already in use by process ${pid}. Stop that one first.`,
      );
    }
    await rm(file, { force: true });
  }
}

async function livingClaimant(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const claim: unknown = JSON.parse(text);
    if (typeof claim !== 'object' || claim === null || !('pid' in claim) || !('identity' in claim)) return undefined;
    if (typeof claim.pid !== 'number') return undefined;
    const identity = await identifyProcess(claim.pid);
    return identity !== undefined && identity === claim.identity ? claim.pid : undefined;
  } catch {
    // Cut off in the middle of writing: whoever wrote it is gone.
    return undefined;
  }
}

async function readOrMakePassword(file: string, owner: AccountIds | undefined): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, password, { mode: 0o600 });
  // initdb reads it, under the server's account.
  if (owner !== undefined) await chown(file, owner.uid, owner.gid);
  return password;
}

function asStartError(dataDir: string, error: unknown): PostgresStartError {
  if (error instanceof PostgresStartError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new PostgresStartError(`The database folder ${dataDir} cannot be used: ${reason}`, { cause: error });
}
