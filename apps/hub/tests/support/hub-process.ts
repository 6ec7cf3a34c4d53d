import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@santokit/devkit';

export const SETUP_TOKEN = 'a-setup-token';
export const SERVICE_TOKEN = 'a-service-token';
export const PASSWORD = 'a long enough password';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
  readonly body: any;
}

export interface Hub {
  readonly url: string;
  /** The Hub's own database. */
  readonly databaseUrl: string;
  /** Everything that it printed. */
  readonly log: () => string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  stop(): Promise<number | null>;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Starts the Hub as a process on a database of its own. */
export async function startHubProcess(): Promise<Hub> {
  const database = await createTestDatabase();
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      STK_HUB_DATABASE_URL: database.url,
      STK_HUB_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      STK_HUB_PORT: '0',
      STK_BRIDGE_TOKENS: `${SERVICE_TOKEN},another-token`,
      STK_HUB_SETUP_TOKEN: SETUP_TOKEN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      const match = /"port":(\d+)/.exec(log);
      if (match !== null) resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`The Hub ended with ${code}\n${log}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    databaseUrl: database.url,
    log: () => log,
    async request(method, path, { token, body, headers } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      await database.drop();
      return code as number | null;
    },
  };
}
