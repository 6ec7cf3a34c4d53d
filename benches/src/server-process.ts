import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { onServerCore } from './cores.ts';

export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  readonly entry: string;
  /** Of Node. */
  readonly flags: readonly string[];
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Answers as soon as calls are served. */
  readonly readyPath: string;
  /** Standard output and errors. */
  readonly logFile: string;
  readonly profile: string | undefined;
  /** Default: on the server's core alone. */
  readonly onAnyCore?: boolean;
}

const START_TIMEOUT_MS = 30_000;
const SHOWN_LOG_CHARS = 2_000;

// A signal alone would end this process without the listeners of `exit`, and leave the servers behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

/** Starts a server on its core and waits until it serves. @throws Error when it does not */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { name, entry, flags, port, environment, readyPath, logFile, profile, onAnyCore = false } = options;
  const log = openSync(logFile, 'a');
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const program = [process.execPath, ...flags, ...profiling, entry];
  const [command = '', ...args] = onAnyCore ? program : onServerCore(program);
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const stop = () => stopChild(child);
  process.once('exit', () => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url + readyPath))) {
    if (hasEnded(child) || Date.now() > deadline) {
      await stop();
      throw new Error(`${name} did not start:\n${readFileSync(logFile, 'utf8').slice(-SHOWN_LOG_CHARS)}`);
    }
    await sleep(50);
  }
  return { name, url, pid: child.pid ?? 0, stop };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Whatever status but 5xx: the hand-written server knows no path but its own. */
async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    (response) => response.status < 500,
    () => false,
  );
}
