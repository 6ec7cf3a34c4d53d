import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identifyProcess } from '../postgres/process-identity.ts';
import { type Stack, type StackOptions, startStack } from './start-stack.ts';

/** Stands where a Hub or a Bridge will: what is tested is that programs are started, found and stopped. */
const PROGRAM = `
import { createServer } from 'node:http';
const port = Number(process.env.STK_HUB_DATABASE_URL ? process.env.STK_HUB_PORT : process.env.STK_BRIDGE_PORT);
createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, env: process.env }))).listen(port, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

describe('the local stack', () => {
  let folder: string;
  let options: StackOptions;
  let stack: Stack | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-stack-'));
    const entry = join(folder, 'program.mjs');
    await writeFile(entry, PROGRAM);
    options = {
      dataDir: join(folder, 'data'),
      hubEntry: entry,
      bridgeEntry: entry,
      hubPort: 0,
      bridgePort: 0,
      target: 'shop/dev',
      cron: false,
      note: () => {},
      signal: new AbortController().signal,
    };
  });
  afterEach(async () => {
    await stack?.stop();
    stack = undefined;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const start = async (changes: Partial<StackOptions> = {}) => {
    stack = await startStack({ ...options, ...changes });
    await stack.startBridge();
    return stack;
  };
  const ask = async (url: string) => (await (await fetch(url)).json()) as { pid: number; env: Record<string, string> };
  const serverPid = async () =>
    Number((await readFile(join(options.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0]);

  it('keeps databases and secrets between runs, until it is reset', async () => {
    const first = await start();
    const sql = postgres(first.databaseUrl, { max: 1 });
    await sql`create table kept (id int)`;
    await sql.end();
    await first.stop();
    const second = await start();
    expect(second.state).toEqual({ ...first.state, postgresPort: Number(new URL(first.databaseUrl).port) });
    expect(second.databaseUrl).toBe(first.databaseUrl);
    const again = postgres(second.databaseUrl, { max: 1 });
    expect(await again`select to_regclass('kept') is not null as kept`).toEqual([{ kept: true }]);
    await again.end();
    await second.stop();
    expect((await start({ reset: true })).state.masterKey).not.toBe(first.state.masterKey);
  });

  it('gives Hub and Bridge what they need, and none of the variables that are meant for others', async () => {
    process.env.STK_TOKEN = 'of another hub';
    const { hubUrl, bridgeUrl, state } = await start();
    delete process.env.STK_TOKEN;
    const [hub, bridge] = await Promise.all([ask(hubUrl), ask(bridgeUrl)]);
    expect(hub.env).toMatchObject({ STK_HUB_MASTER_KEY: state.masterKey, STK_BRIDGE_TOKENS: state.bridgeToken });
    expect(hub.env.STK_HUB_DATABASE_URL).toMatch(/\/santokit_hub$/);
    expect(bridge.env).toMatchObject({ STK_HUB_URL: hubUrl, STK_BRIDGE_TARGETS: 'shop/dev', STK_BRIDGE_CRON: 'off' });
    expect(bridge.env.STK_JOBS_URL).toMatch(/\/santokit_jobs$/);
    expect(bridge.env.STK_HUB_MASTER_KEY ?? bridge.env.STK_TOKEN ?? hub.env.STK_TOKEN).toBeUndefined();
  });

  it('refuses to run twice on the same data', async () => {
    await start();
    await expect(startStack({ ...options, reset: true })).rejects.toThrow(/runs here already/);
    expect((await stat(join(options.dataDir, 'postgres'))).isDirectory()).toBe(true);
  });

  it('stops what it has started when a port is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await expect(startStack({ ...options, bridgePort: port })).rejects.toThrow(/--bridge-port/);
    server.close();
    await start();
  });

  it('can be stopped while it starts', async () => {
    const stopping = new AbortController();
    const starting = startStack({ ...options, signal: stopping.signal });
    stopping.abort();
    await expect(starting).rejects.toThrow(/abort/);
    await start();
  });

  it('uses the user’s database where one is given', async () => {
    const databaseUrl = 'postgres://app@db.example.com/shop';
    expect((await start({ databaseUrl })).databaseUrl).toBe(databaseUrl);
  });

  it('says so when PostgreSQL dies', async () => {
    const { broken } = await start();
    process.kill(await serverPid(), 'SIGKILL');
    expect(await broken).toMatch(/PostgreSQL ended by itself; its log is .*postgres\.log/);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process behind when its process gets %s', async (signal) => {
    const runner = join(folder, 'runner.mjs');
    const module = new URL('./start-stack.ts', import.meta.url).href;
    await writeFile(
      runner,
      `import { startStack } from ${JSON.stringify(module)};
       setInterval(() => {}, 1_000);
       const options = ${JSON.stringify(options)};
       const stack = await startStack({ ...options, note: () => {}, signal: new AbortController().signal });
       await stack.startBridge();
       const { hubUrl, bridgeUrl } = stack;
       console.log(JSON.stringify({ hubUrl, bridgeUrl }));`,
    );
    const parent = spawn(process.execPath, [runner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { hubUrl, bridgeUrl } = JSON.parse(line.toString()) as { hubUrl: string; bridgeUrl: string };
    const pids = [(await ask(hubUrl)).pid, (await ask(bridgeUrl)).pid, await serverPid()];
    parent.kill(signal);
    const living = async () =>
      (await Promise.all(pids.map(identifyProcess))).filter((identity) => identity !== undefined);
    await expect.poll(living, { timeout: 15_000 }).toEqual([]);
  });
});
