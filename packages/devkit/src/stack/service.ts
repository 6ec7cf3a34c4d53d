import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StackError } from './stack-error.ts';

export interface ServiceOptions {
  readonly name: string;
  /** The file that Node runs. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what the service prints. */
  readonly logFile: string;
  /** Answers 200 when the service is up. */
  readonly aliveUrl: string;
  readonly note: (line: string) => void;
}

const WATCH_PARENT = fileURLToPath(new URL('./watch-parent.ts', import.meta.url));
/** As the images start Hub and Bridge (infra/docker/Dockerfile). */
const NODE_FLAGS = ['--max-semi-space-size=16', '--v8-pool-size=1'];
const START_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 40;
const STOP_PATIENCE_MS = 5_000;
const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 10_000;
const STABLE_AFTER_MS = 15_000;
const LOG_BYTES = 5 * 1024 * 1024;

/** A program that is kept running: started again after a moment when it dies, until it is stopped. */
export class Service {
  readonly #options: ServiceOptions;
  #child: ChildProcess | undefined;
  #started = false;
  #stopping = false;
  #restartDelayMs = RESTART_MIN_MS / 2;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /**
   * Starts the program and waits until it answers.
   * @throws {StackError} with the end of its log when it ends before, or does not answer in time.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { name, aliveUrl, logFile } = this.#options;
    trimLog(logFile);
    const child = this.#spawn();
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(aliveUrl))) {
      signal.throwIfAborted();
      if (hasEnded(child))
        throw new StackError(`The ${name} did not start; the end of ${logFile}:\n${logTail(logFile)}`);
      if (Date.now() > deadline) throw new StackError(`The ${name} does not answer; its log is ${logFile}`);
      await sleep(POLL_INTERVAL_MS);
    }
    this.#started = true;
    if (hasEnded(child)) this.#scheduleRestart(0, describeEnd(child));
  }

  /** Ends the program: SIGTERM, after a while SIGKILL. Resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(kill);
  }

  #spawn(): ChildProcess {
    const { entry, environment, logFile } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    // A session of its own: Ctrl-C reaches only the process that runs the stack, which then stops it in order.
    const child = spawn(process.execPath, [...NODE_FLAGS, '--import', WATCH_PARENT, entry], {
      env: environment,
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    const bornAt = Date.now();
    child.on('error', () => {}); // told by `exitCode` and the log; nothing else to do with a failed spawn or kill
    child.once('exit', () => {
      if (this.#started && !this.#stopping) this.#scheduleRestart(Date.now() - bornAt, describeEnd(child));
    });
    this.#child = child;
    return child;
  }

  #scheduleRestart(livedMs: number, how: string): void {
    this.#restartDelayMs =
      livedMs > STABLE_AFTER_MS ? RESTART_MIN_MS : Math.min(this.#restartDelayMs * 2, RESTART_MAX_MS);
    this.#options.note(`The ${this.#options.name} ended (${how}); it is being started again`);
    this.#restart = setTimeout(() => this.#spawn(), this.#restartDelayMs);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function describeEnd(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

/** Keeps one older log beside a new one once it is large. */
function trimLog(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES) renameSync(logFile, `${logFile}.1`);
}

function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-12).join('\n');
}
