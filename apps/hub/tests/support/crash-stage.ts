import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { FaultProxy } from './fault-proxy.ts';
import { type HubProcess, startHubProcess } from './hub-process.ts';
import { type Answer, OPERATOR, SETUP_TOKEN } from './running-hub.ts';

export type Files = Readonly<Record<string, string>>;
const ENV = '/api/v1/projects/shop/envs/dev';

/** A Hub as a process, its database and the project's behind a proxy in which faults strike. */
export class CrashStage {
  readonly proxy: FaultProxy;
  readonly store: postgres.Sql;
  readonly shop: postgres.Sql;
  /** The names of the databases, as the proxy tells them apart. */
  readonly names: { readonly store: string; readonly shop: string };
  readonly #databases: readonly [TestDatabase, TestDatabase];
  #hub: HubProcess | undefined;
  #token = '';

  private constructor(proxy: FaultProxy, databases: readonly [TestDatabase, TestDatabase]) {
    this.proxy = proxy;
    this.#databases = databases;
    const [store, shop] = databases.map(({ url }) => postgres(url, { max: 2, onnotice: () => undefined }));
    if (store === undefined || shop === undefined) throw new Error('There are two databases');
    this.store = store;
    this.shop = shop;
    this.names = { store: nameIn(databases[0].url), shop: nameIn(databases[1].url) };
  }

  /** Starts a Hub with an operator, the project `shop`, its env `dev` and the connection `main`. */
  static async start(): Promise<CrashStage> {
    const databases: [TestDatabase, TestDatabase] = [await createTestDatabase(), await createTestDatabase()];
    const { hostname: host, port } = new URL(databases[0].url);
    const stage = new CrashStage(await FaultProxy.start({ host, port: Number(port) }), databases);
    await stage.restart();
    await stage.must('POST /api/v1/setup', { token: SETUP_TOKEN, ...OPERATOR, org: 'acme' });
    stage.#token = (await stage.must('POST /api/v1/login', OPERATOR)).json.data.token;
    await stage.must('POST /api/v1/projects', { name: 'shop' });
    await stage.must('POST /api/v1/projects/shop/envs', { name: 'dev' });
    const url = stage.proxy.through(databases[1].url);
    await stage.must(`PUT ${ENV}/connections/main`, { engine: 'postgres', url });
    return stage;
  }

  get hub(): HubProcess {
    if (this.#hub === undefined) throw new Error('No Hub runs');
    return this.#hub;
  }

  /** Ends the Hub that runs without a warning, and starts another one. */
  async restart(): Promise<void> {
    await this.#hub?.stop('SIGKILL');
    this.#hub = await startHubProcess({
      STK_HUB_DATABASE_URL: this.proxy.through(this.#databases[0].url),
      STK_HUB_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      STK_HUB_SETUP_TOKEN: SETUP_TOKEN,
    });
  }

  async call(methodAndPath: string, body?: unknown): Promise<Answer> {
    const [method = '', path = ''] = methodAndPath.split(' ');
    const headers = {
      'content-type': 'application/json',
      ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    const response = await fetch(`${this.hub.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    }).catch((error: unknown) => {
      throw new Error(`${methodAndPath} has no answer, the Hub ${this.hub.state()}`, { cause: error });
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
  }

  /** The same, for a call that has to succeed. */
  async must(methodAndPath: string, body?: unknown): Promise<Answer> {
    const answer = await this.call(methodAndPath, body);
    if (answer.status >= 300) throw new Error(`${methodAndPath}: ${answer.status} ${answer.text}`);
    return answer;
  }

  apply(files: Files, options: object = {}): Promise<Answer> {
    return this.call(`POST ${ENV}/apply`, { files: listed(files), ref: 'test', force: true, ...options });
  }

  /** What is still to be done for files, and where the database differs from them. */
  async left(files: Files): Promise<{ plan: unknown[]; drift: unknown[] }> {
    const plan = await this.must(`POST ${ENV}/apply`, { files: listed(files), ref: 'test', dryRun: true });
    const drift = await this.must(`POST ${ENV}/schema/drift`, { files: listed(files) });
    return { plan: plan.json.data.plan, drift: drift.json.data.drift };
  }

  /** Tables and columns of the release in force that are not in the database. */
  async missing(): Promise<string[]> {
    const [row] = await this.store<{ content: string }[]>`
      select content from releases join envs on envs.current_release_id = releases.id`;
    if (row === undefined) return ['a release'];
    const live = await this.shop<{ name: string }[]>`
      select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`;
    const names = new Set(live.map(({ name }) => name));
    const { schema } = JSON.parse(row.content) as { schema: Record<string, ReleasedTable> };
    return Object.values(schema)
      .flatMap(({ name, columns }) => Object.keys(columns).map((column) => `${name}.${column}`))
      .filter((name) => !names.has(name));
  }

  /** Waits until nothing runs on behalf of a Hub that is gone. */
  async settle(): Promise<void> {
    const { store, shop } = this.names;
    const endMs = performance.now() + 15_000;
    for (let isBusy = true; isBusy; ) {
      const busy = await this.shop<{ datname: string; query: string }[]>`
        select datname, state, query from pg_stat_activity where datname in (${store}, ${shop}) and application_name = 'santokit-hub'
           and (state <> 'idle' or datname = ${shop})`;
      isBusy = busy.length > 0;
      if (isBusy && performance.now() > endMs) throw new Error(`Still at work: ${JSON.stringify(busy)}`);
      await sleep(isBusy ? 20 : 0);
    }
  }

  /** Lets all connections through again, and waits until the Hub has noticed. */
  async mend(): Promise<void> {
    this.proxy.mend();
    await this.settle();
    const endMs = performance.now() + 15_000;
    while (!(await fetch(`${this.hub.url}/readyz`)).ok) {
      if (performance.now() > endMs) throw new Error('The Hub did not notice that its database is back');
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    await this.#hub?.stop('SIGTERM');
    this.proxy.stop();
    await Promise.all([this.store.end(), this.shop.end()]);
    for (const database of this.#databases) await database.drop();
  }
}

interface ReleasedTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

function listed(files: Files): { path: string; content: string }[] {
  return Object.entries(files).map(([path, content]) => ({ path, content }));
}

function nameIn(url: string): string {
  return new URL(url).pathname.slice(1);
}
