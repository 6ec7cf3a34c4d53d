import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const USERS = `import { mutation, query, z } from '@santokit/functions';
import { shout } from './lib/shout';

export const byName = query({
  args: z.object({ name: z.string() }),
  roles: ['admin'],
  handler: async (ctx, args) => (await ctx.db.query('select id, name from people where name = $1', [args.name]))[0] ?? null,
});
export const add = mutation({
  args: z.object({ name: z.string().max(5) }),
  roles: ['admin'],
  handler: async (ctx, { name }) => {
    const [person] = await ctx.call<{ id: string }[]>('db/people/insert', { data: [{ name: shout(name) }] });
    if (name === 'no') throw new Error('not this one');
    return person.id;
  },
});
export const fail = query({ roles: ['admin'], handler: () => {
  throw new Error('on purpose');
} });
`;
const FILES = {
  'schema/people.yaml': 'version: 1\ntables:\n  people:\n    columns:\n      name: { type: string }\n',
  'config/permissions.yaml':
    'version: 1\ntables:\n  people: { select: { roles: [admin] }, insert: { roles: [admin] } }\n',
  'logics/users.ts': USERS,
  'logics/lib/shout.ts': 'export const shout = (text: string): string => text.toUpperCase();\n',
};

let dir: string;
let stack: DevStack;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-functions-'));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir, ['--no-watch']);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const cli = () => ({ cwd: dir, env: stack.env });
const call = (path: string, params: unknown) =>
  callBridge(stack.ready.bridgeUrl, path, params, { apiKey: stack.ready.apiKey });

it('functions of a project are called like its tables, one transaction each', async () => {
  const { status, body } = await call('logics/users/add', { name: 'ann' });
  expect([status, body]).toEqual([200, { data: expect.any(String) }]);
  expect((await call('logics/users/byName', { name: 'ANN' })).body).toEqual({ data: { id: body.data, name: 'ANN' } });
  expect((await call('logics/users/add', { name: 'no' })).body.error).toMatchObject({
    code: 'INTERNAL_ERROR',
    message: 'Internal error',
    requestId: expect.any(String),
    details: { function: 'logics/users/add', file: 'logics/users.ts', line: 14, column: expect.any(Number) },
  });
  expect((await call('logics/users/byName', { name: 'NO' })).body).toEqual({ data: null });
  expect((await call('logics/users/add', {})).body.error).toMatchObject({
    code: 'BAD_REQUEST',
    message: 'Missing required param: name',
  });
});

it('functions are tried by an operator as a caller, and what they throw is told with its place', async () => {
  const run = ['logic', 'run', 'users/byName', '--as', 'user:u1', '--params', '{"name":"ANN"}'];
  expect(await stkJson([...run, '--roles', 'admin'], cli())).toMatchObject({ data: { name: 'ANN' } });
  const refused = await stk(run, cli());
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('You may not do this')]);
  const failing = await stk(['logic', 'run', 'users/fail', '--roles', 'admin'], cli());
  expect(failing.stderr).toContain('logics/users.ts:19:9: Error: on purpose');
});

it('functions that are wrong are refused at apply, all at once and with their places', async () => {
  await writeFile(join(dir, 'logics/wrong.ts'), "import fs from 'node:fs';\nexport const n: number = 'x';\n");
  const applied = await stk(['apply', '--dry-run', '--ref', 'wrong'], cli());
  expect(applied.code).not.toBe(0);
  expect(applied.stderr).toContain('logics/wrong.ts:1:16: "node:fs" cannot be imported');
  expect(applied.stderr).toContain("logics/wrong.ts:2:14: Type 'string' is not assignable to type 'number'.");
  await rm(join(dir, 'logics/wrong.ts'));
});
