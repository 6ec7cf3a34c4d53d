import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface HubProcess {
  readonly url: string;
  /** Everything that it wrote. */
  readonly output: () => string;
  readonly isRunning: () => boolean;
  /** Whether it runs or how it ended, and its last words. */
  readonly state: () => string;
  /** Ends it by a signal: `SIGKILL` as a crash does. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts the Hub as a process of its own on a free port of 127.0.0.1, and waits until it listens. */
export async function startHubProcess(variables: Readonly<Record<string, string>>): Promise<HubProcess> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, STK_HUB_HOST: '127.0.0.1', STK_HUB_PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const closed = once(child, 'close').then(() => undefined);
  const port = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /"port":(\d+)[^\n]*is listening/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void closed.then(() => reject(new Error(`The Hub ended before it listened\n${output}`)));
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    isRunning,
    state: () => {
      const ended = isRunning() ? 'runs' : `ended with ${child.exitCode ?? child.signalCode}`;
      return `${ended}; it wrote last:\n${output.slice(-4000)}`;
    },
    async stop(signal) {
      if (isRunning()) child.kill(signal);
      await closed;
    },
  };
}
