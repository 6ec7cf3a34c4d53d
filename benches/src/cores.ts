import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The server under test has the first of these cores to itself; PostgreSQL and the load share the others. */
const [serverCore, ...otherCores] = coresOfThisProcess();
let isServerCoreFree = false;

/** Moves this process, and what it starts from now on, off the server's core. @returns whether it could */
export function leaveServerCore(): boolean {
  if (otherCores.length === 0) return false;
  const moved = spawnSync('taskset', ['-a', '-cp', otherCores.join(','), String(process.pid)]);
  isServerCoreFree = moved.status === 0;
  return isServerCoreFree;
}

/** A command that runs on the server's core, once this process has left it. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return isServerCoreFree ? ['taskset', '-c', String(serverCore), ...command] : command;
}

/** proc_pid_status(5): `0-3,6`. A container may have any of the machine's cores, not those from 0. */
function coresOfThisProcess(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    return list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
  } catch {
    return [];
  }
}
