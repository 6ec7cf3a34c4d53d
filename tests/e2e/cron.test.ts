import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BridgeProcess, startBridgeProcess } from './support/bridge-process.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const FILES = {
  'schema/ticks.yaml':
    'version: 1\ntables:\n  ticks:\n    columns:\n      who: { type: string }\n      at: { type: timestamp, default: now }\n',
  'config/permissions.yaml': 'version: 1\ntables:\n  ticks:\n    select: { roles: [admin] }\n',
  'logics/tick.sql': "INSERT INTO ticks (id, who) VALUES (gen_random_uuid()::text, 'tick');",
  'logics/slow.sql': "INSERT INTO ticks (id, who) VALUES (gen_random_uuid()::text, 'slow');\nSELECT pg_sleep(3);",
  'logics/tidy.ts': `import { mutation, z } from '@santokit/functions';
export const up = mutation({
  args: z.object({ days: z.number().optional() }),
  handler: (ctx) => ctx.db.exec("insert into ticks (id, who) values (gen_random_uuid()::text, 'function')"),
});
`,
  'cron/tidy.yaml': 'name: tidy\nevery: 1d\nhandler: logics/tidy/up\n',
  'cron/tick.yaml': 'name: tick\nevery: 1s\nhandler: logics/tick\n',
  'cron/slow.yaml': 'name: slow\nevery: 1d\nhandler: logics/slow\n',
};

interface Runs {
  readonly items: readonly {
    readonly cron: string;
    readonly status: string;
    readonly dueAt: string;
    readonly manual: boolean;
  }[];
}

let dir: string;
let stack: DevStack;
let sql: postgres.Sql;
let bridges: readonly BridgeProcess[] = [];
const cli = () => ({ cwd: dir, env: stack.env });
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
};
const runs = async (name: string) => (await stkJson<Runs>(['cron', 'status', name], cli())).items;
const count = async (who: string) => Number((await sql`select count(*) from ticks where who = ${who}`)[0]?.count);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-cron-'));
  for (const [path, content] of Object.entries(FILES)) await write(path, content);
  stack = await startDevStack(dir, ['--no-watch']);
  sql = postgres(stack.ready.databaseUrl, { max: 1 });
  const { bridgeToken } = JSON.parse(await readFile(join(dir, '.stk/dev/state.json'), 'utf8'));
  const jobsUrl = new URL(stack.ready.databaseUrl);
  jobsUrl.pathname = '/santokit_jobs';
  const variables = {
    STK_HUB_URL: stack.ready.hubUrl,
    STK_BRIDGE_TOKEN: bridgeToken,
    STK_BRIDGE_TARGETS: `${stack.ready.project}/${stack.ready.env}`,
    STK_BRIDGE_POLL_INTERVAL: '1s',
    STK_JOBS_URL: jobsUrl.href,
  };
  await sleep(3_000);
  // The clock of stk dev is off: nothing has run so far.
  expect(await count('tick')).toBe(0);
  bridges = await Promise.all([startBridgeProcess(variables), startBridgeProcess(variables)]);
}, 180_000);
afterAll(async () => {
  await Promise.all(bridges.map((bridge) => bridge.stop()));
  await sql?.end();
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

it('a cron runs once for each due time on two Bridges, and until one of them is killed and after', async () => {
  await until(async () => (await count('tick')) >= 3);
  const pid = bridges[0]?.pid;
  expect(pid).toBeGreaterThan(1);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  const before = await count('tick');
  await until(async () => (await count('tick')) >= before + 3);
  const ended = (await runs('tick')).filter(({ status }) => status === 'succeeded');
  const dues = ended.map(({ dueAt }) => dueAt);
  expect(new Set(dues).size).toBe(dues.length);
  // One may be on its way, in the table or in the list alone.
  expect(Math.abs((await count('tick')) - dues.length)).toBeLessThanOrEqual(1);
}, 90_000);

it('a cron that is asked for runs now, on some Bridge, and is in the audit log', async () => {
  await stkJson(['cron', 'trigger', 'slow'], cli());
  await until(async () => (await runs('slow'))[0]?.status === 'succeeded');
  expect(await runs('slow')).toMatchObject([{ manual: true }]);
  expect(await count('slow')).toBe(1);
  const { items } = await stkJson<{ items: { action: string }[] }>(['audit', 'log', '--action', 'cron.run'], cli());
  expect(items).toHaveLength(1);
}, 60_000);

it('a cron runs a function, too', async () => {
  await stkJson(['cron', 'trigger', 'tidy'], cli());
  await until(async () => (await runs('tidy')).some(({ status }) => status !== 'requested' && status !== 'running'));
  expect(await runs('tidy')).toMatchObject([{ status: 'succeeded', error: null }]);
  expect(await count('function')).toBe(1);
}, 60_000);

it('a release that disables a cron stops it', async () => {
  await write('cron/tick.yaml', `${FILES['cron/tick.yaml']}enabled: false\n`);
  await stkJson(['apply', '--ref', 'quiet'], cli());
  await sleep(4_000);
  const before = await count('tick');
  await sleep(3_000);
  expect(await count('tick')).toBe(before);
  const { items } = await stkJson<{ items: { name: string; nextAt: string | null }[] }>(['cron', 'list'], cli());
  expect(items.find(({ name }) => name === 'tick')?.nextAt).toBeNull();
  expect((await stk(['cron', 'trigger', 'none'], cli())).code).toBe(1);
}, 60_000);

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come to hold');
    await sleep(200);
  }
}
