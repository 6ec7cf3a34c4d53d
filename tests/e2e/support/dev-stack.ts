import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { stkLauncher } from './stk.ts';

/** The ready line of `stk dev --json`. */
export interface ReadyLine {
  readonly hubUrl: string;
  readonly bridgeUrl: string;
  readonly databaseUrl: string;
  readonly project: string;
  readonly env: string;
  readonly apiKey: string;
  readonly operatorToken: string;
  readonly releaseId: string;
}

export interface DevStack {
  readonly ready: ReadyLine;
  readonly process: ChildProcess;
  /** The environment that points `stk` at this stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything that was printed on standard output. */
  readonly stdout: () => string;
  stop(): Promise<number | null>;
}

/** Starts `stk dev --json` on free ports in `dir` and waits for its ready line. */
export async function startDevStack(dir: string, args: readonly string[] = []): Promise<DevStack> {
  const child = spawn(
    process.execPath,
    [stkLauncher, 'dev', '--json', '--dir', dir, '--hub-port', '0', '--bridge-port', '0', ...args],
    { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    stdout += `${line}\n`;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then((code) =>
      Promise.reject(new Error(`stk dev ended with ${code} before it was ready\n${stdout}${stderr}`)),
    ),
  ]);
  const ready = JSON.parse(first) as ReadyLine;
  return {
    ready,
    process: child,
    env: {
      STK_HUB_URL: ready.hubUrl,
      STK_PROJECT: ready.project,
      STK_ENV: ready.env,
      STK_TOKEN: ready.operatorToken,
    },
    stdout: () => stdout,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return exited;
    },
  };
}
