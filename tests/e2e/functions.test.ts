import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';

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
  stack = await startDevStack(dir);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

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
  });
  expect((await call('logics/users/byName', { name: 'NO' })).body).toEqual({ data: null });
  expect((await call('logics/users/add', {})).body.error).toMatchObject({
    code: 'BAD_REQUEST',
    message: 'Missing required param: name',
  });
});
