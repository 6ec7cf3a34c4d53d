import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@santokit/devkit';
import postgres from 'postgres';
import { freePorts } from '../free-ports.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

export const BRIDGE_TOKEN = 'the-token-of-the-bench';
const SETUP_TOKEN = 'the-setup-token-of-the-bench';
const OPERATOR = { email: 'bench@example.com', password: randomBytes(18).toString('base64') };
export const PLACE = { project: 'shop', env: 'dev' };
const FILES = {
  'schema/main.yaml': 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n',
  'config/permissions.yaml': 'version: 1\ntables:\n  notes:\n    select: { roles: [user] }\n',
  'config/auth.yaml': 'signup: open\ntotp: optional\n',
  'config/limits.yaml': 'rateLimits: { login: 1000000/min }\n',
};

/** A Hub with an operator and an env of users. */
export interface HubStage {
  readonly url: string;
  readonly pid: number;
  /** A server beside it that only verifies passwords. */
  readonly argon2: Pick<ServerProcess, 'url' | 'pid'>;
  readonly store: postgres.Sql;
  readonly envId: string;
  /** Of an operator. */
  readonly token: string;
  close(): Promise<void>;
}

/** Starts PostgreSQL and a Hub in a temporary folder, and sets up a project. What was started is stopped when the rest does not start. */
export async function setHubStage(): Promise<HubStage> {
  const stops: (() => unknown)[] = [];
  const close = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  try {
    return { ...(await setParts(stops)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setParts(stops: (() => unknown)[]): Promise<Omit<HubStage, 'close'>> {
  const folder = mkdtempSync(join(tmpdir(), 'stk-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const database = await startPostgres({ dataDir: join(folder, 'postgres'), removeDataOnStop: true });
  stops.push(() => database.stop());
  const store = postgres(database.url, { max: 2, onnotice: () => undefined });
  stops.push(() => store.end());
  await store.unsafe('create database shop');
  const [port, argon2Port] = await freePorts();
  const argon2 = await startServer({
    name: 'The server that verifies passwords',
    entry: fileURLToPath(new URL('./argon2-server.ts', import.meta.url)),
    flags: [],
    port: argon2Port,
    environment: { PORT: String(argon2Port) },
    readyPath: '/',
    logFile: join(folder, 'argon2.log'),
    profile: undefined,
  });
  stops.push(argon2.stop);
  const { url, pid, stop } = await startServer({
    name: 'The Hub',
    entry: fileURLToPath(new URL('../../../apps/hub/src/main.ts', import.meta.url)),
    flags: [],
    port,
    environment: {
      STK_HUB_DATABASE_URL: database.url,
      STK_HUB_MASTER_KEY: randomBytes(32).toString('base64'),
      STK_HUB_SETUP_TOKEN: SETUP_TOKEN,
      STK_BRIDGE_TOKENS: BRIDGE_TOKEN,
      STK_HUB_HOST: '127.0.0.1',
      STK_HUB_PORT: String(port),
      STK_LOG_LEVEL: 'warn',
    },
    readyPath: '/readyz',
    logFile: join(folder, 'hub.log'),
    profile: undefined,
  });
  stops.push(stop);
  const shopUrl = Object.assign(new URL(database.url), { pathname: '/shop' }).href;
  const token = await setUp(url, shopUrl);
  const [env] = await store<{ id: string }[]>`select id from envs`;
  return { url, pid, argon2, store, envId: env?.id ?? '', token };
}

/** @returns the operator's token */
async function setUp(url: string, shopUrl: string): Promise<string> {
  const api = async (method: string, path: string, body: object, token?: string) => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { data: { token: string } };
  };
  await api('POST', 'setup', { token: SETUP_TOKEN, ...OPERATOR, org: 'bench' });
  const { token } = (await api('POST', 'login', OPERATOR)).data;
  await api('POST', 'projects', { name: PLACE.project }, token);
  await api('POST', 'projects/shop/envs', { name: PLACE.env }, token);
  await api('PUT', 'projects/shop/envs/dev/connections/main', { engine: 'postgres', url: shopUrl }, token);
  const files = Object.entries(FILES).map(([path, content]) => ({ path, content }));
  await api('POST', 'projects/shop/envs/dev/apply', { files, ref: 'bench' }, token);
  return token;
}
