import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PostgresStartError } from './postgres-start-error.ts';
import type { ServerAccount } from './server-account.ts';

export interface WatchedProcessOptions {
  readonly account: ServerAccount;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** File descriptor that takes the process's output and errors. */
  readonly output: number;
  /** Folder that is deleted when the process has ended. */
  readonly removeAfterwards?: string;
}

export interface WatchedProcess {
  readonly exited: boolean;
  /** Resolves with the exit code, 128 + n after signal n. */
  readonly exit: Promise<number>;
  /** Asks the process to end (SIGINT, after 15 s SIGQUIT) and resolves when it has. */
  stop(): Promise<void>;
}

/**
 * A shell in a session of its own, so that neither Ctrl-C nor a signal to our process group reaches it. It holds the
 * reading end of a pipe to us: when that closes, because we closed it or because we are gone (also by SIGKILL), it
 * stops the server. The kernel closes the pipe, so no code of ours has to run for it.
 */
const WATCHDOG = `
trap '' INT TERM HUP
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
  cat <&3 >/dev/null
  kill -INT "$server"
  tries=0
  while kill -0 "$server" && [ "$tries" -lt 75 ]; do tries=$((tries + 1)); sleep 0.2; done
  kill -QUIT "$server"
) 2>/dev/null &
watcher=$!
wait "$server"
status=$?
kill -KILL "$watcher" 2>/dev/null
if [ -n "$REMOVE_AFTERWARDS" ]; then cd / && rm -rf -- "$REMOVE_AFTERWARDS"; fi
exit "$status"
`;

/** Starts a program under `account` that ends with this process, however this process ends. */
export function spawnWatched(options: WatchedProcessOptions): WatchedProcess {
  const { account } = options;
  const [file, ...args] = account.wrap(['/bin/sh', '-c', WATCHDOG, 'watchdog', options.command, ...options.args]);
  const child = spawn(file, args, {
    ...account.spawnOptions,
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', options.output, options.output],
    env: {
      PATH: process.env.PATH,
      LC_ALL: 'C',
      ...(options.removeAfterwards !== undefined && { REMOVE_AFTERWARDS: options.removeAfterwards }),
    },
  });
  let exited = false;
  const exit = new Promise<number>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      exited = true;
      // Lets the watchdog's reader of the pipe end, when the server ended by itself.
      child.stdin?.destroy();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
    child.once('error', (error) => {
      exited = true;
      reject(new PostgresStartError(`Could not run ${file}: ${error.message}`, { cause: error }));
    });
  });
  // Whoever needs the outcome awaits it; nobody has to.
  exit.catch(() => undefined);
  // The pipe breaks when the server ends first; that it ended is told by `exit`.
  child.stdin?.on('error', () => undefined);
  child.unref();
  return {
    get exited() {
      return exited;
    },
    exit,
    async stop() {
      child.ref();
      child.stdin?.destroy();
      await exit.catch(() => undefined);
    },
  };
}
