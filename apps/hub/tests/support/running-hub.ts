import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServerType } from '@hono/node-server';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { createLogger, openTracing } from '@santokit/telemetry';
import postgres from 'postgres';
import { hubApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { buildDeps, type Deps } from '../../src/deps.ts';
import { createDoor } from '../../src/http/create-door.ts';
import { ensureReleaseKey } from '../../src/releases/release-key.ts';
import { migrate } from '../../src/store/migrate.ts';

export const SETUP_TOKEN = 'setup-token-of-the-tests';
export const SERVICE_TOKEN = 'service-token-of-the-tests';
export const OPERATOR = { email: 'ann@example.com', password: 'correct horse battery' };

/** An answer: its status, headers and body as text and as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export interface Call {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StartHubOptions {
  /** Variables beside those that it cannot be without. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Puts a proxy before the server of the Hub's own database. @returns the proxy's port on the same host */
  readonly throughProxy?: (target: { readonly host: string; readonly port: number }) => Promise<number>;
}

/** The real Hub on a free port, with a database of its own and one for the project `shop` to live in. */
export class RunningHub {
  /** Every line that the Hub logged. */
  readonly logs: readonly string[];
  readonly #databases: readonly TestDatabase[];
  readonly #server: ServerType;
  readonly deps: Deps;
  readonly store: postgres.Sql;
  readonly shop: postgres.Sql;
  readonly shopUrl: string;
  readonly url: string;
  /** Session of the first operator. */
  token = '';

  private constructor(options: {
    server: ServerType;
    deps: Deps;
    databases: [TestDatabase, TestDatabase];
    logs: string[];
  }) {
    const [storeDatabase, shopDatabase] = options.databases;
    this.#server = options.server;
    this.#databases = options.databases;
    this.deps = options.deps;
    this.logs = options.logs;
    this.store = postgres(storeDatabase.url, { max: 2, onnotice: () => undefined });
    this.shop = postgres(shopDatabase.url, { max: 2, onnotice: () => undefined });
    this.shopUrl = shopDatabase.url;
    this.url = `http://127.0.0.1:${(options.server.address() as AddressInfo).port}`;
  }

  /** Starts a Hub that nobody has set up yet. */
  static async start({ throughProxy, variables }: StartHubOptions = {}): Promise<RunningHub> {
    const databases: [TestDatabase, TestDatabase] = [await createTestDatabase(), await createTestDatabase()];
    const storeUrl = new URL(databases[0].url);
    if (throughProxy !== undefined)
      storeUrl.port = String(await throughProxy({ host: storeUrl.hostname, port: Number(storeUrl.port) }));
    const config = readConfig({
      ...variables,
      STK_HUB_DATABASE_URL: storeUrl.href,
      STK_HUB_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      STK_HUB_SETUP_TOKEN: SETUP_TOKEN,
      STK_BRIDGE_TOKENS: `another-token,${SERVICE_TOKEN}`,
    });
    const logs: string[] = [];
    const built = buildDeps(config, new AbortController().signal);
    const logger = createLogger({
      level: 'trace',
      format: 'json',
      destination: { write: (line: string) => void logs.push(line) },
      recent: built.recentLines,
    });
    const program = { service: 'santokit-hub', version: '0', instanceId: 'hub_of_the_tests', logger };
    const deps = { ...built, logger, tracing: await openTracing(config.tracing, program) };
    await migrate(config.databaseUrl);
    await ensureReleaseKey(deps);
    await deps.pointers.start();
    const server = createDoor(hubApp(deps));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RunningHub({ server, deps, databases, logs });
  }

  /** Starts a Hub with an operator, the project `shop`, its env `dev` and the connection `main`. */
  static async withShop(options: StartHubOptions = {}): Promise<RunningHub> {
    const hub = await RunningHub.start(options);
    await hub.must('POST /api/v1/setup', { body: { token: SETUP_TOKEN, ...OPERATOR, org: 'acme' } });
    hub.token = (await hub.must('POST /api/v1/login', { body: OPERATOR })).json.data.token;
    await hub.must('POST /api/v1/projects', { body: { name: 'shop' } });
    await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'dev' } });
    await hub.must('PUT /api/v1/projects/shop/envs/dev/connections/main', {
      body: { engine: 'postgres', url: hub.shopUrl },
    });
    return hub;
  }

  /** Sends `METHOD /path`, with the operator's session unless told otherwise (`token: ''` sends none). */
  async call(methodAndPath: string, { token = this.token, body, headers = {} }: Call = {}): Promise<Answer> {
    const [method = '', path = ''] = methodAndPath.split(' ');
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  }

  /** The same, for a call that has to succeed. */
  async must(methodAndPath: string, call: Call = {}): Promise<Answer> {
    const answer = await this.call(methodAndPath, call);
    if (answer.status >= 300) throw new Error(`${methodAndPath}: ${answer.status} ${answer.text}`);
    return answer;
  }

  internal(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.call(`GET /internal${path}`, { token: SERVICE_TOKEN, headers });
  }

  apply(files: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const list = Object.entries(files).map(([path, content]) => ({ path, content }));
    return this.call('POST /api/v1/projects/shop/envs/dev/apply', { body: { files: list, ref: 'test', ...options } });
  }

  async personalToken(role: string): Promise<string> {
    const body = { name: `a ${role}`, project: 'shop', role };
    return (await this.must('POST /api/v1/tokens', { body })).json.data.token;
  }

  async stop(): Promise<void> {
    this.#server.close();
    if ('closeAllConnections' in this.#server) this.#server.closeAllConnections();
    await this.deps.tracing?.close(1_000);
    await Promise.all([this.store.end(), this.shop.end(), this.deps.store.close()]);
    for (const database of this.#databases) await database.drop();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
