import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresStartError } from './postgres-start-error.ts';
import { commandLineOf } from './process-identity.ts';

const POLL_INTERVAL_MS = 50;
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Stops a server that still runs on `clusterDir` though nobody owns it any more (its watchdog was killed, or is still
 * at work), and removes a postmaster.pid whose process is gone. Call it with the data folder claimed.
 *
 * @throws {PostgresStartError} when the orphan cannot be stopped.
 */
export async function stopOrphan(clusterDir: string): Promise<void> {
  const pidFile = join(clusterDir, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (Number.isSafeInteger(pid) && pid > 0) {
    for (const [signal, patienceMs] of [
      ['SIGINT', FAST_SHUTDOWN_MS],
      ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ] as const) {
      if (!(await isServerOf(pid, clusterDir))) break;
      sendSignal(pid, signal);
      await waitUntilGone(pid, clusterDir, patienceMs);
    }
    if (await isServerOf(pid, clusterDir)) {
      throw new PostgresStartError(
        `A PostgreSQL server (process ${pid}) still runs on ${clusterDir} and does not stop.`,
      );
    }
  }
  await rm(pidFile, { force: true });
}

/** The number may by now belong to an unrelated process, so its command line has to name our folder. */
async function isServerOf(pid: number, clusterDir: string): Promise<boolean> {
  return (await commandLineOf(pid)).includes(clusterDir);
}

function sendSignal(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it ended in the meantime, which is what we want.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
      throw new PostgresStartError(`A PostgreSQL server (process ${pid}) of another user runs on this folder.`, {
        cause: error,
      });
    }
  }
}

async function waitUntilGone(pid: number, clusterDir: string, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && (await isServerOf(pid, clusterDir))) await sleep(POLL_INTERVAL_MS);
}
