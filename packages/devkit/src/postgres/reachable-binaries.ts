import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AccountIds } from './account-ids.ts';
import { binariesIn, type PostgresBinaries } from './binaries.ts';

const SHARED_FOLDER = '/var/lib/santokit';
const run = promisify(execFile);

/**
 * Binaries that the account `ids` can execute: those of the package, or, where a closed folder is above them (a
 * checkout below /root), a copy of them below /var/lib/santokit. initdb asks access(2) for its programs, which
 * disregards capabilities, so that a right to pass closed folders would not help.
 */
export async function reachableBinaries(packaged: PostgresBinaries, ids: AccountIds): Promise<PostgresBinaries> {
  if (await works(packaged, ids)) return packaged;
  const { size, mtimeMs } = await stat(packaged.postgres);
  const version = createHash('sha256').update(`${packaged.folder} ${size} ${mtimeMs}`).digest('hex').slice(0, 12);
  const copy = binariesIn(join(SHARED_FOLDER, `postgres-${version}`));
  if (!(await works(copy, ids))) await copyFolder(packaged.folder, copy.folder);
  return copy;
}

async function works(binaries: PostgresBinaries, ids: AccountIds): Promise<boolean> {
  return await run(binaries.initdb, ['--version'], { cwd: '/', ...ids }).then(
    () => true,
    () => false,
  );
}

/** Copied aside and renamed, so that two starts at once cannot see half a copy. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  const aside = await mkdtemp(`${to}-`);
  try {
    await cp(from, aside, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'u=rwX,go=rX', aside]);
    await chmod(aside, 0o755);
    await rm(to, { recursive: true, force: true });
    await rename(aside, to);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // ENOTEMPTY: another start was faster, and its copy is as good.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  }
}
