import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The server under test has this core to itself; PostgreSQL and the load share the others. */
const SERVER_CORE = '0';
const otherCores = `1-${availableParallelism() - 1}`;
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Moves this process, and what it starts from now on, off the server's core. @returns whether it could */
export function leaveServerCore(): boolean {
  return canPin && spawnSync('taskset', ['-a', '-cp', otherCores, String(process.pid)]).status === 0;
}

/** A command that runs on the server's core. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', SERVER_CORE, ...command] : command;
}
