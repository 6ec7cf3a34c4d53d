import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker } from './sandbox/messages.ts';
import { SentArtifacts, type SentArtifactsOptions } from './sent-artifacts.ts';

export interface WorkerListener {
  onMessage(text: string): void;
  /** Nothing more will come. `crash`: the process died, of this call or of another. */
  onDeath(reason: 'memory' | 'error' | 'crash', message: string): void;
}

export interface WorkerArtifact {
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** Asked for only where it is sent; it may be made then. */
  readonly text: string;
}

export interface WorkerProcessOptions {
  /** How long a sandbox waits for another call. */
  readonly idleMs: number;
  /** How much of what it was sent it may keep. */
  readonly kept: SentArtifactsOptions;
}

/** A process that is not ready by then is not worth waiting for. */
const MOST_PREPARE_MS = 20_000;
const MOST_WORDS = 2_000;
/** As V8 and Node say it when there is no way on. */
const OUT_OF_MEMORY = /out of memory|allocation failed|invalid size error/i;
const ENTRY = fileURLToPath(new URL('./sandbox/worker.ts', import.meta.url));

/**
 * One process that runs sandboxes. It has no environment, no file that it could read but its own code, and no connection but the one to
 * this process.
 */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, WorkerListener>();
  readonly #sent: SentArtifacts;
  /** By the base's hash; nothing for those that it is ready for. */
  readonly #bases = new Map<string, Promise<void> | undefined>();
  readonly #prepared: (() => void)[] = [];
  readonly #onExit: () => void;
  #isRetired = false;
  #last = 0;
  /** The end of what it said of its own trouble. */
  #words = '';

  constructor({ idleMs, kept }: WorkerProcessOptions, onExit: () => void) {
    this.#onExit = onExit;
    this.#sent = new SentArtifacts(kept);
    this.#child = fork(ENTRY, [String(idleMs)], {
      execArgv: execArgv(),
      env: {},
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => this.#take(message as FromWorker));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MOST_WORDS);
    });
    this.#child.once('error', () => {
      this.kill();
      this.#end();
    });
    this.#child.once('exit', () => this.#end());
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /**
   * Makes ready to run what runs on the base.
   * @returns undefined when it is, else what resolves when it is, or when the process has ended
   */
  ready(base: WorkerArtifact): Promise<void> | undefined {
    if (this.#isRetired) return undefined;
    if (this.#bases.has(base.hash)) return this.#bases.get(base.hash);
    this.#sendArtifact(base);
    this.#send({ type: 'prepare', base: base.hash });
    const timer = setTimeout(() => this.kill(), MOST_PREPARE_MS);
    const ready = new Promise<void>((resolve) => {
      this.#prepared.push(() => {
        clearTimeout(timer);
        this.#bases.set(base.hash, undefined);
        resolve();
      });
    });
    this.#bases.set(base.hash, ready);
    return ready;
  }

  /** Starts a call. @returns its number */
  call(
    call: Omit<Extract<ToWorker, { type: 'call' }>, 'id' | 'type' | 'base' | 'artifact'> & {
      readonly base: WorkerArtifact;
      readonly artifact: WorkerArtifact;
    },
    listener: WorkerListener,
  ): number {
    const id = ++this.#last;
    this.#calls.set(id, listener);
    const { base, artifact } = call;
    this.#sendArtifact(base);
    this.#sendArtifact(artifact);
    this.#send({ ...call, type: 'call', id, base: base.hash, artifact: artifact.hash });
    return id;
  }

  answer(id: number, text: string): void {
    if (this.#calls.has(id)) this.#send({ type: 'answer', id, text });
  }

  end(id: number, keep: boolean): void {
    if (!this.#calls.delete(id)) return;
    this.#send({ type: 'end', id, keep });
    this.#killWhenIdle();
  }

  /** Gives it no more calls, and ends it with the last one. */
  retire(): void {
    this.#isRetired = true;
    this.#killWhenIdle();
  }

  kill(): void {
    this.#isRetired = true;
    this.#child.kill('SIGKILL');
  }

  #end(): void {
    this.#isRetired = true;
    // Of several calls nobody can say whose memory it was.
    const reason = this.#calls.size === 1 && OUT_OF_MEMORY.test(this.#words) ? 'memory' : 'crash';
    for (const call of this.#calls.values()) call.onDeath(reason, `The process ended: ${this.#words}`);
    this.#calls.clear();
    for (const resolve of this.#prepared.splice(0)) resolve();
    this.#onExit();
  }

  #take(message: FromWorker): void {
    if (message.type === 'prepared') {
      this.#prepared.shift()?.();
      return;
    }
    const call = this.#calls.get(message.id);
    if (message.type === 'message') call?.onMessage(message.text);
    else call?.onDeath(message.reason, message.message);
  }

  #sendArtifact(artifact: WorkerArtifact): void {
    const { hash } = artifact;
    if (this.#sent.has(hash)) return;
    const { text } = artifact;
    this.#sent.add(hash, text);
    this.#send({ type: 'artifact', hash, text });
    if (this.#sent.areTooMuch) this.retire();
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #killWhenIdle(): void {
    if (this.#isRetired && this.#calls.size === 0) this.kill();
  }
}

let cached: readonly string[] | undefined;

function execArgv(): string[] {
  cached ??= [
    // As isolated-vm asks for, since its isolates share the process with Node's own.
    '--no-node-snapshot',
    '--permission',
    '--allow-addons',
    ...readable().map((folder) => `--allow-fs-read=${folder}`),
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
  ];
  return [...cached];
}

/** The code that the process runs: its own folder, and the packages that it imports. */
function readable(): string[] {
  const ownRequire = createRequire(import.meta.url);
  const isolatedVm = ownRequire.resolve('isolated-vm/package.json');
  const build = createRequire(isolatedVm).resolve('node-gyp-build/package.json');
  // Where packages are links, they are looked up beside the link, too.
  const lookups = (ownRequire.resolve.paths('isolated-vm') ?? []).map((folder) => join(folder, 'isolated-vm'));
  return ['/etc/alpine-release', dirname(ENTRY), dirname(dirname(isolatedVm)), dirname(build), ...lookups];
}
