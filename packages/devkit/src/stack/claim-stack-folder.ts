import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess } from '../postgres/process-identity.ts';
import { StackError } from './stack-error.ts';

/** Makes this process the only one that runs a stack in `dataDir`, until `release` or its end. */
export async function claimStackFolder(dataDir: string): Promise<{ release(): Promise<void> }> {
  const file = join(dataDir, 'owner.json');
  for (;;) {
    if (await writeClaim(file)) return { release: () => rm(file, { force: true }) };
    const pid = await livingOwner(file);
    if (pid !== undefined) {
      throw new StackError(
        `stk dev runs here already (process ${pid}, data in ${dataDir}): stop that one, or give another --data-dir`,
      );
    }
    await rm(file, { force: true });
  }
}

async function writeClaim(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(JSON.stringify({ pid: process.pid, identity: await identifyProcess(process.pid) }));
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that made the claim, if it still runs: a pid alone may by now belong to another. */
async function livingOwner(file: string): Promise<number | undefined> {
  try {
    const { pid, identity } = JSON.parse(await readFile(file, 'utf8')) as { pid: number; identity: string };
    return (await identifyProcess(pid)) === identity ? pid : undefined;
  } catch {
    return undefined; // gone, or cut off while it was written: its writer died
  }
}
