import { readdirSync, readFileSync } from 'node:fs';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine that can be read (Linux: proc(5)). */
function listProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (afterName[0] === 'Z') continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      entries.push({ pid: Number(name), parent: Number(afterName[1]), command });
    } catch {
      // The process ended while it was being read.
    }
  }
  return entries;
}

/** The processes that descend from `pid`, itself included. */
export function processTree(pid: number): ProcessEntry[] {
  const all = listProcesses();
  const tree = all.filter((entry) => entry.pid === pid);
  for (let i = 0; i < tree.length; i++) {
    const parent = tree[i];
    tree.push(...all.filter((entry) => entry.parent === parent?.pid));
  }
  return tree;
}

/** Those of `entries` that still run, told from recycled pids by their command line. */
export function stillRunning(entries: readonly ProcessEntry[]): ProcessEntry[] {
  const all = listProcesses();
  return entries.filter((entry) => all.some((other) => other.pid === entry.pid && other.command === entry.command));
}
