import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms (`sysconf(_SC_CLK_TCK)`, 100 on every platform that Node runs on). */
const TICK_US = 10_000;

/** CPU time of a process so far, in microseconds; undefined where there is no `/proc`. */
export function cpuMicroseconds(pid: number): number | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : (stat.user + stat.system) * TICK_US;
}

/** CPU time of a process with all its children, those that ended included. */
export function cpuMicrosecondsOfTree(pid: number): number | undefined {
  const root = statOf(pid);
  if (root === undefined) return undefined;
  let ticks = root.user + root.system + root.ended;
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat?.parent === pid) ticks += stat.user + stat.system;
  }
  return ticks * TICK_US;
}

/** The process that started this one. */
export function parentOf(pid: number): number | undefined {
  return statOf(pid)?.parent;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** proc_pid_stat(5): fields 4, 14, 15, and 16 with 17 for children that were waited for. */
function statOf(pid: number): { parent: number; user: number; system: number; ended: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11);
    return { parent, user, system, ended: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}
