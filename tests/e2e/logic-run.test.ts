import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { type StkResult, stk, stkJson } from './support/stk.ts';

const PEOPLE = `import { FunctionError, mutation, query, z } from '@santokit/functions';

interface Person { readonly id: string; readonly name: string }
const args = z.object({ name: z.string() });
const roles = ['clerk', 'guest', 'admin'];

export const join = mutation({ args, roles, handler: async (ctx, { name }) => {
  const [{ id }] = await ctx.call<Person[]>('db/people/insert', { data: [{ name, email: name + '@example.com', salary: 7 }] });
  const seen = await ctx.call<Person[]>('db/people/select', { where: { id } });
  const { id: event } = await ctx.publish('joined', { id, name });
  return { seen, event };
} });
export const joinTwice = mutation({ args, roles, handler: async (ctx, { name }) => [
  await ctx.call('logics/people/join', { name }),
  await ctx.call('logics/people/join', { name: name + '2' }),
] });
export const list = query({ roles, handler: (ctx) => ctx.call('db/people/select', { orderBy: { name: 'asc' } }) });
export const salaries = query({ roles, handler: (ctx) => ctx.call('db/people/select', { select: ['salary'] }) });
export const sneak = query({ roles, handler: (ctx) => ctx.call('db/people/insert', { data: [{ name: 'x', email: 'x', salary: 1 }] }) });
export const tell = mutation({ args, roles, handler: (ctx, { name }) => ctx.call('events/joined/publish', { payload: { id: '1', name } }) });
export const tellWrong = mutation({ roles, handler: (ctx) => ctx.publish('joined', { id: 1 }) });
export const caught = mutation({ roles, handler: async (ctx) => {
  try {
    return await ctx.call('logics/people/breaks', {});
  } catch (error) {
    return error instanceof FunctionError ? error.code : 'another';
  }
} });
export const breaks = query({ roles, handler: () => {
  throw new Error('on purpose');
} });
export const breaksWithin = mutation({ roles, handler: (ctx) => ctx.call('logics/people/breaks', {}) });
export const spoiled = mutation({ roles, handler: (ctx) =>
  ctx.call('db/people/insert', { data: [{ name: 'hal', email: 'ann@example.com', salary: 1 }] }).catch(() => 'caught') });
export const spoiledRead = query({ roles, handler: (ctx) => ctx.db.query("select 'x'::int").catch(() => 'caught') });
export const logs = mutation({ args, roles, handler: async (ctx, { name }) => {
  ctx.log.debug('begins');
  ctx.log('adds \\u001b[31m' + name, { name, password: 'pw-1', within: { token: 'tk-1' } });
  await ctx.call('logics/people/logsToo', {});
  ctx.log.warn('ends');
  if (name === 'bad') throw new Error('on purpose');
  return name;
} });
export const logsToo = query({ roles, handler: (ctx) => ctx.log.error('first\\nsecond', { n: 1 }) });
export const logsAll = mutation({ roles, handler: async (ctx) => {
  for (let call = 0; call < 3; call++) await ctx.call('logics/people/logsMuch', {});
} });
export const logsMuch = query({ roles, handler: (ctx) => {
  for (let line = 0; line < 600; line++) ctx.log('line', { line });
} });
export const endless = mutation({ roles, handler: (ctx) => ctx.call('logics/people/endless', {}) });
export const sign = query({ roles, handler: (ctx) => ctx.call('storage/photos/upload_sign', { key: 'a' }) });
`;
const FILES = {
  'schema/people.yaml': `version: 1
tables:
  people:
    columns:
      name: { type: string, maxLength: 20 }
      email: { type: string, unique: true }
      salary: { type: int }
`,
  'config/permissions.yaml': `version: 1
tables:
  people:
    select:
      - { roles: [clerk, admin], columns: [id, name, email], mask: { email: hash } }
    insert: { roles: [clerk, admin] }
events: { joined: { publish: { roles: [clerk, admin] } } }
`,
  'events/topics/joined.yaml': 'name: joined\nschema: { id: { type: string }, name: { type: string } }\n',
  'logics/people.ts': PEOPLE,
  'logics/enter.sql': `---
roles: [clerk]
params: { name: { type: string } }
publish: [{ topic: joined, mapping: { id: ":result.id", name: ":name" } }]
---
INSERT INTO people (id, name, email, salary) VALUES (gen_random_uuid()::text, :name, :name, 1) RETURNING id
`,
};

let dir: string;
let stack: DevStack;
let sql: postgres.Sql;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-logic-run-'));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir, ['--no-watch']);
  sql = postgres(stack.ready.databaseUrl, { max: 1, onnotice: () => undefined });
}, 120_000);
afterAll(async () => {
  await sql?.end();
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Run {
  readonly params?: object;
  readonly as?: readonly string[];
  readonly rollback?: boolean;
}

const CLERK = ['--as', 'user:u1', '--roles', 'clerk'];
const argsOf = (name: string, { params = {}, as = CLERK, rollback = false }: Run) => [
  ...['logic', 'run', name, ...as, '--params', JSON.stringify(params)],
  ...(rollback ? ['--rollback'] : []),
];
const cli = () => ({ cwd: dir, env: stack.env });
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever logic answers
const run = (name: string, options: Run = {}) => stkJson<any>(argsOf(name, options), cli());
const refusal = async (name: string, options: Run = {}) => {
  const { code, stderr }: StkResult = await stk(argsOf(name, options), cli());
  return [code, stderr] as const;
};
/** Whatever differs between two tellings of one refusal. */
const REQUEST_ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const names = async () => (await sql`select name from people order by name`).map(({ name }) => name);
const events = () =>
  sql`select id, scope, topic, payload, depth from santokit.outbox where kind = 'event' order by seq`;

it('a function that is tried calls tables and publishes, in one transaction that stays', async () => {
  const { data, rolledBack } = await run('people/join', { params: { name: 'ann' } });
  const [{ id }] = data.seen;
  // The salary is no column of the clerk's, and the address is hashed.
  expect(data.seen).toEqual([{ id, name: 'ann', email: expect.not.stringContaining('@') }]);
  expect([rolledBack, await names()]).toEqual([false, ['ann']]);
  const { project, env } = stack.ready;
  expect(await events()).toEqual([
    { id: data.event, scope: `${project}/${env}`, topic: 'joined', payload: { id, name: 'ann' }, depth: 0 },
  ]);
});

it('what it sees is what a Bridge shows the same caller', async () => {
  const { data } = await run('people/list', { as: ['--as', 'key', '--roles', 'admin'] });
  const { apiKey, bridgeUrl } = stack.ready;
  expect((await callBridge(bridgeUrl, 'logics/people/list', {}, { apiKey })).body).toEqual({ data });
  expect(data).toHaveLength(1);
  // Asked for by name, a column that one may not see is left out.
  expect((await run('people/salaries')).data).toEqual([{}]);
});

it('with --rollback neither rows nor events stay, of functions and of SQL', async () => {
  const before = [await names(), await events()];
  const tried = await run('people/joinTwice', { params: { name: 'bob' }, rollback: true });
  expect([tried.rolledBack, tried.data.length]).toEqual([true, 2]);
  expect((await run('enter', { params: { name: 'cat' }, rollback: true })).data).toEqual([{ id: expect.any(String) }]);
  expect((await run('people/list', { rollback: true })).data).toHaveLength(1);
  expect([await names(), await events()]).toEqual(before);
});

it('functions call functions that call tables, and SQL publishes', async () => {
  await run('people/joinTwice', { params: { name: 'dan' } });
  const { data } = await run('enter', { params: { name: 'eve' } });
  expect(await names()).toEqual(['ann', 'dan', 'dan2', 'eve']);
  expect((await events()).map(({ payload }) => payload.name)).toEqual(['ann', 'dan', 'dan2', 'eve']);
  expect((await events()).at(-1)?.payload).toEqual({ id: data[0].id, name: 'eve' });
  const told = await run('people/tell', { params: { name: 'fay' } });
  expect((await events()).at(-1)).toMatchObject({ id: told.data.id, payload: { id: '1', name: 'fay' } });
});

it('it is refused what its caller is refused, and nothing of it stays', async () => {
  const before = [await names(), await events()];
  const guest = ['--as', 'user:u2', '--roles', 'guest'];
  expect(await refusal('people/join', { params: { name: 'gus' }, as: guest })).toEqual([
    5,
    expect.stringContaining('You may not do this'),
  ]);
  expect((await refusal('people/tell', { params: { name: 'gus' }, as: guest }))[0]).toBe(5);
  expect((await refusal('people/sneak'))[1]).toContain('A query only reads, and db/people/insert writes');
  expect((await refusal('people/join', { params: { name: 'ann' } }))[1]).toMatch(/unique|exists/i);
  expect((await refusal('people/tellWrong'))[1]).toContain('id');
  expect((await refusal('people/endless'))[1]).toContain('at most 8 deep');
  expect((await refusal('people/sign'))[1]).toContain('it cannot be part of a transaction');
  expect([await names(), await events()]).toEqual(before);
});

it('with --rollback it is refused for what it would be refused for, though it caught that', async () => {
  for (const name of ['people/spoiled', 'people/spoiledRead']) {
    const done = await refusal(name);
    expect(done[0]).not.toBe(0);
    expect((await refusal(name, { rollback: true }))[1].replace(REQUEST_ID, '')).toBe(done[1].replace(REQUEST_ID, ''));
  }
});

it('an error is to functions what it is on a Bridge, and told with its place to whoever runs it', async () => {
  expect((await run('people/caught')).data).toBe('INTERNAL_ERROR');
  const line = PEOPLE.split('\n').findIndex((text) => text.includes('on purpose')) + 1;
  expect((await refusal('people/breaksWithin'))[1]).toContain(`logics/people.ts:${line}:9: Error: on purpose`);
});

const LOGGED = [
  { level: 'debug', function: 'logics/people/logs', msg: 'begins' },
  {
    level: 'info',
    function: 'logics/people/logs',
    msg: 'adds \u001b[31mbad',
    fields: { name: 'bad', password: '[redacted]', within: { token: '[redacted]' } },
  },
  { level: 'error', function: 'logics/people/logsToo', msg: 'first\nsecond', fields: { n: 1 } },
  { level: 'warn', function: 'logics/people/logs', msg: 'ends' },
].map((line) => ({ ts: expect.any(String), ...line }));

it('what functions log is shown beside the answer, without credentials and what could move a cursor', async () => {
  const { code, stdout, stderr } = await stk(argsOf('people/logs', { params: { name: 'ann' } }), cli());
  expect([code, JSON.parse(stdout)]).toEqual([0, 'ann']);
  expect(stderr).toBe(
    [
      'debug  logics/people/logs  begins',
      `info   logics/people/logs  adds \ufffd[31mann  {"name":"ann","password":"[redacted]","within":{"token":"[redacted]"}}`,
      'error  logics/people/logsToo  first',
      '       second  {"n":1}',
      'warn   logics/people/logs  ends',
      '',
    ].join('\n'),
  );
  expect((await run('people/list')).logs).toEqual([]);
});

it('what a function logged is shown when it fails too', async () => {
  const failed = argsOf('people/logs', { params: { name: 'bad' }, rollback: true });
  const { code, stderr } = await stk(failed, cli());
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^debug {2}.*\n(.*\n){3}warn .*ends\nerror: .*on purpose/)]);
  const { error } = JSON.parse((await stk([...failed, '--json'], cli())).stdout);
  expect([error.code, error.details.logs]).toEqual(['BAD_REQUEST', LOGGED]);
});

it('of all that a trial logs as much is kept as of one call on a Bridge', async () => {
  const { logs } = await run('people/logsAll');
  expect([logs.length, logs[999].fields, logs[1_000].msg]).toEqual([
    1_001,
    { line: 399 },
    'The trial logs more than is kept of one',
  ]);
});
