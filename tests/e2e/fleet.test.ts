import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BridgeProcess, startBridgeProcess } from './support/bridge-process.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson, stkLauncher } from './support/stk.ts';

/** Far longer than this test: what arrives sooner was not found by looking now and then. */
const POLL_INTERVAL = '10m';
/** Less than half of the 25 s for which the Hub holds a long poll that it has nothing to tell. */
const PUSHED_WITHIN_MS = 10_000;
const MOVES = 5;
const CALLERS = 2;

const SCHEMA = 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n';
/** Each limit is another release, and none of them changes the table. */
const permissions = (limit: number) =>
  `version: 1\ntables:\n  notes:\n    select: { roles: [admin], limit: ${limit} }\n    insert: { roles: [admin] }\n`;

interface BridgeStatus {
  readonly items: readonly { readonly instanceId: string; readonly status: string; readonly releaseId: string }[];
}
interface SyncOutcome {
  readonly releaseId: string;
  readonly items: readonly { readonly synced: boolean }[];
}

let dir: string;
let stack: DevStack;
let bridgeToken: string;
let bridges: readonly BridgeProcess[] = [];
const cli = () => ({ cwd: dir, env: { ...stack.env, STK_BRIDGE_TOKEN: bridgeToken } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-fleet-'));
  for (const [path, content] of [
    ['schema/notes.yaml', SCHEMA],
    ['config/permissions.yaml', permissions(1)],
    ['config/limits.yaml', 'rateLimits: { apiKey: 1000000/min }\n'],
  ] as const) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir, ['--no-watch']);
  bridgeToken = JSON.parse(await readFile(join(dir, '.stk/dev/state.json'), 'utf8')).bridgeToken;
  const { hubUrl, project, env } = stack.ready;
  const variables = {
    STK_HUB_URL: hubUrl,
    STK_BRIDGE_TOKEN: bridgeToken,
    STK_BRIDGE_TARGETS: `${project}/${env}`,
    STK_BRIDGE_POLL_INTERVAL: POLL_INTERVAL,
  };
  bridges = await Promise.all([startBridgeProcess(variables), startBridgeProcess(variables)]);
}, 120_000);
afterAll(async () => {
  await Promise.all(bridges.map((bridge) => bridge.stop()));
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

it('a release reaches every Bridge by the long poll, and no call fails or goes back to the one before', async () => {
  const releases = [stack.ready.releaseId];
  const callers = bridges.map((bridge) => new Caller(bridge.url, stack.ready.apiKey, releases));
  for (let limit = 2; limit < 2 + MOVES; limit++) {
    releases.push(await apply(limit));
    const movedAtMs = performance.now();
    await Promise.all(callers.map((caller) => caller.until(releases.length - 1)));
    expect(performance.now() - movedAtMs).toBeLessThan(PUSHED_WITHIN_MS);
  }
  await Promise.all(callers.map((caller) => caller.stop()));
  for (const { failures, answered } of callers) {
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(MOVES);
  }
}, 120_000);

it('stk bridge force-sync makes every Bridge pull now, without a new release', async () => {
  for (let round = 0; round < 3; round++) {
    const timeout = String(PUSHED_WITHIN_MS / 1_000);
    const { items } = await stkJson<SyncOutcome>(['bridge', 'force-sync', '--timeout', timeout], cli());
    expect(items.map(({ synced }) => synced)).toEqual([true, true, true]);
  }
}, 60_000);

interface Logs {
  readonly items: readonly { readonly msg: string; readonly path?: string; readonly instanceId: string | null }[];
}

it('stk logs shows what every Bridge says of its calls, and goes on while it is followed', async () => {
  const { project, env, bridgeUrl, apiKey } = stack.ready;
  const callAll = async (path: string) => {
    for (const url of [bridgeUrl, ...bridges.map((bridge) => bridge.url)]) {
      const headers = { 'content-type': 'application/json', 'x-santokit-api-key': apiKey };
      await (await fetch(`${url}/call/${path}`, { method: 'POST', headers, body: '{}' })).arrayBuffer();
    }
  };
  await callAll('db/notes/select');
  const { items } = await stkJson<Logs>(['logs', '--limit', '1000'], cli());
  const calls = items.filter(({ path }) => path === 'db/notes/select');
  const instances = [...new Set(calls.map(({ instanceId }) => instanceId))];
  expect(instances).toHaveLength(3);
  expect(items).toContainEqual(expect.objectContaining({ source: 'bridge', msg: 'Release loaded', project, env }));
  expect(items).toContainEqual(expect.objectContaining({ source: 'hub', path: '/api/v1/projects/:p/envs/:e/apply' }));
  expect(JSON.stringify(items)).not.toContain(apiKey);
  const [instance] = instances;
  const one = await stkJson<Logs>(['logs', '--bridge', String(instance)], cli());
  expect([...new Set(one.items.map(({ instanceId }) => instanceId))]).toEqual([instance]);
  expect(await stkJson(['logs', '--level', 'fatal'], cli())).toEqual({ items: [] });
  const text = (await stk(['logs', '--limit', '1000'], cli())).stdout.trim().split('\n');
  expect(text.map((said) => said.slice(0, 24))).toEqual(text.map((said) => said.slice(0, 24)).toSorted());

  const follower = spawn(process.execPath, [stkLauncher, 'logs', '--follow', '--json'], {
    cwd: dir,
    env: { ...process.env, ...stack.env },
  });
  let seen = '';
  follower.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  await expect.poll(() => seen, { timeout: 10_000 }).not.toBe('');
  await callAll('db/nothing/select');
  const followed = () => seen.split('\n').filter((said) => said.includes('db/nothing/select')).length;
  await expect.poll(followed, { timeout: 10_000 }).toBe(3);
  follower.kill('SIGINT');
  expect(await once(follower, 'exit')).toEqual([0, null]);
  expect(followed()).toBe(3);
}, 60_000);

it('stk connections rotate changes the password under traffic, and no call fails', async () => {
  const sql = postgres(stack.ready.databaseUrl, { max: 1 });
  await sql.unsafe(`create role rotated login superuser password 'another'`);
  const url = new URL(stack.ready.databaseUrl);
  Object.assign(url, { username: 'rotated', password: 'another' });
  const callers = bridges.map((bridge) => new Caller(bridge.url, stack.ready.apiKey, []));
  const rotated = await stkJson<{ rotatingFrom: number | null }>(
    ['connections', 'rotate', 'main', '--db-url', url.href],
    cli(),
  );
  await Promise.all(callers.map((caller) => caller.stop()));
  expect(rotated).toMatchObject({ user: 'rotated', rotatingFrom: null });
  expect(callers.flatMap(({ failures }) => failures)).toEqual([]);
  const users = () =>
    sql`select distinct usename from pg_stat_activity where application_name = 'santokit-bridge' and usename <> 'rotated'`;
  await expect.poll(users, { timeout: 40_000 }).toEqual([]);
  await sql.end();
}, 90_000);

it('stk bridge test-hub finds all that a Bridge needs, and refuses a wrong token', async () => {
  const passed = await stkJson<{ ok: boolean }>(['bridge', 'test-hub'], cli());
  expect(passed.ok).toBe(true);
  const refused = await stk(['bridge', 'test-hub', '--bridge-token', 'wrong'], cli());
  expect([refused.code, refused.stdout]).toEqual([5, expect.stringContaining('does not know this token')]);
}, 30_000);

it('a Bridge that is stopped in order is gone from the fleet at once', async () => {
  const live = async () => (await stkJson<BridgeStatus>(['bridge', 'status'], cli())).items;
  expect((await live()).map(({ status }) => status)).toEqual(['live', 'live', 'live']);
  const [first, ...others] = bridges;
  expect(await first?.stop()).toBe(0);
  bridges = others;
  expect((await live()).map(({ status }) => status)).toEqual(['live', 'live']);
}, 60_000);

async function apply(limit: number): Promise<string> {
  await writeFile(join(dir, 'config/permissions.yaml'), permissions(limit));
  return (await stkJson<{ releaseId: string }>(['apply', '--ref', `limit-${limit}`], cli())).releaseId;
}

/** Calls one Bridge without a pause, and keeps what was not as it should be. */
class Caller {
  readonly failures: unknown[] = [];
  answered = 0;
  readonly #url: string;
  readonly #apiKey: string;
  readonly #releases: readonly string[];
  readonly #running: Promise<unknown>;
  #newest = 0;
  #isStopping = false;

  /** `releases` in the order in which they are made. */
  constructor(url: string, apiKey: string, releases: readonly string[]) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#releases = releases;
    this.#running = Promise.all(Array.from({ length: CALLERS }, () => this.#run()));
  }

  /** Resolves when an answer was made by `releases[index]`, something failed, or a minute went by. */
  async until(index: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (this.#newest < index && this.failures.length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const newestBefore = this.#newest;
      try {
        const { status, releaseId, text } = await this.#call();
        this.answered++;
        if (status !== 200) this.failures.push(`${status} ${text}`);
        // A release that the applying program has not told of yet is the next one.
        const index = this.#releases.indexOf(releaseId);
        if (index !== -1 && index < newestBefore) this.failures.push(`${releaseId} after a later one`);
        this.#newest = Math.max(this.#newest, index);
      } catch (error) {
        // Nothing answers any more: there is no end of that.
        this.failures.push(error);
        return;
      }
    }
  }

  async #call(): Promise<{ status: number; releaseId: string; text: string }> {
    const response = await fetch(`${this.#url}/call/db/notes/select`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-santokit-api-key': this.#apiKey },
      body: '{}',
    });
    const releaseId = response.headers.get('x-santokit-release') ?? '';
    return { status: response.status, releaseId, text: await response.text() };
  }
}
