import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../../apps/bridge/src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;

export interface BridgeProcess {
  readonly url: string;
  readonly pid: number | undefined;
  /** Everything that it logged. */
  readonly log: () => string;
  /** Stops it in order; @returns its exit code */
  stop(): Promise<number | null>;
}

/** Starts a Bridge as a process of its own on a free port of 127.0.0.1, and waits until it is ready. */
export async function startBridgeProcess(variables: Readonly<Record<string, string>>): Promise<BridgeProcess> {
  const child = spawn(process.execPath, [ENTRY], {
    env: { PATH: process.env.PATH ?? '', STK_BRIDGE_HOST: '127.0.0.1', STK_BRIDGE_PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const stop = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    return exited;
  };
  try {
    return { url: await ready(child, () => log), pid: child.pid, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(child: ChildProcess, log: () => string): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const port = /"port":(\d+)/.exec(log())?.[1];
    const url = `http://127.0.0.1:${port}`;
    if (port !== undefined && (await isReady(url))) return url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`A Bridge did not become ready\n${log()}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false; // not listening yet
  }
}
