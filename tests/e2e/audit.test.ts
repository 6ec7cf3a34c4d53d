import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

interface Log {
  readonly items: readonly { id: string; action: string; actorId: string | null; detail: Record<string, unknown> }[];
}

let dir: string;
let stack: DevStack;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-audit-'));
  await mkdir(join(dir, 'schema'), { recursive: true });
  const schema = 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n';
  await writeFile(join(dir, 'schema', 'notes.yaml'), schema);
  stack = await startDevStack(dir);
});
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const run = (...args: string[]) => stk(args, { cwd: dir, env: stack.env });
const log = async (...args: string[]) =>
  (await stkJson<Log>(['audit', 'log', ...args], { cwd: dir, env: stack.env })).items;

it('what is done at the command line is in the log, what was refused too, and verify finds one changed byte', async () => {
  await run('apikey', 'create', 'web', '--roles', 'reader');
  const [created] = await log('--action', 'apikey.create', '--since', '1h');
  expect(created?.detail).toMatchObject({ name: 'web', roles: ['reader'] });
  expect(JSON.stringify(created)).not.toContain('stk_key_');
  expect(await log('--action', 'apikey.create', '--actor', String(created?.actorId), '--limit', '1')).toEqual([
    created,
  ]);
  const done = (await log()).map(({ action }) => action);
  for (const action of [
    'operator.setup',
    'project.create',
    'env.create',
    'connection.set',
    'schema.apply',
    'release.create',
  ])
    expect(done).toContain(action);

  expect((await run('audit', 'log', '--token', 'not-a-token')).code).toBe(5);
  expect(await log('--action', 'access.refuse')).toMatchObject([
    { actorId: null, detail: { refused: 'UNAUTHORIZED', route: 'auditLog' } },
  ]);

  const whole = await run('audit', 'verify');
  expect([whole.code, whole.stdout]).toEqual([
    0,
    expect.stringMatching(/^The audit log is as it was written: \d+ entries\nhead [0-9a-f]{64}\n$/),
  ]);
  const url = new URL(stack.ready.databaseUrl);
  url.pathname = '/santokit_hub';
  const sql = postgres(url.href, { max: 1 });
  await expect(sql`update audit_log set action = 'apikey.revoke'`).rejects.toThrow('append-only');
  await sql.unsafe(`set session_replication_role = replica;
    update audit_log set detail = jsonb_set(detail, '{name}', '"wob"') where id = '${created?.id}'`);
  await sql.end();
  const changed = await run('audit', 'verify');
  expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining(String(created?.id))]);
});
