import type { Json, Principal } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServedRelease } from '../call/served-release.ts';
import { user } from '../call/testing/served-blog.ts';
import { type FunctionBench, openFunctionBench } from './testing/served-functions.ts';
import { ANN, type LogicBench, openLogicBench } from './testing/served-logic.ts';

let bench: LogicBench;
let functions: FunctionBench;
let served: ServedRelease;

const SHOP = `import { FunctionError, mutation, query, z } from '@santokit/functions';
const roles = ['buyer'];
export const byId = query({
  args: z.object({ id: z.string() }),
  roles,
  handler: async (ctx, args) => (await ctx.db.query('select id, stock from items where id = $1', [args.id]))[0] ?? null,
});
export const forms = query({
  roles,
  handler: async (ctx) => ctx.db.query(
    "select 1::bigint as big, 1.50::numeric as dec, $1::text as t, $2::int[] as l, $3::jsonb as j, $4::timestamptz as at, $5::bool as b, $6::text[] as q, $7::int as nothing",
    ['é', [1, 2], { a: [1] }, new Date(0), true, ['a"b', 'c\\\\d', null], null],
  ),
});
export const take = mutation({
  args: z.object({ id: z.string(), n: z.int(), end: z.string().optional() }),
  roles,
  handler: async (ctx, { id, n, end }) => {
    const { affected } = await ctx.db.exec('update items set stock = stock - $2 where id = $1', [id, n]);
    if (end === 'refuse') throw new FunctionError('CONFLICT', 'Sold out', { id });
    if (end === 'throw') throw new TypeError('a secret');
    if (end === 'fail') await ctx.db.query('select nothing');
    if (end === 'catch') await ctx.db.exec('update items set stock = -1').catch(() => null);
    return { affected, by: ctx.auth.sub };
  },
});
export const sql = mutation({
  args: z.object({ text: z.string(), params: z.array(z.any()).optional() }),
  roles,
  handler: async (ctx, { text, params }) => ctx.db.query(text, params),
});
export const sneaky = query({ roles, handler: async (ctx) => ctx.db.query('with w as (update items set stock = 0 returning 1) select * from w') });
export const calls = mutation({
  args: z.object({ path: z.string(), params: z.any().optional() }),
  roles,
  handler: async (ctx, { path, params }) => {
    await ctx.db.exec("update items set stock = 1 where id = 'i1'");
    return ctx.call(path, params);
  },
});
export const reads = query({ args: z.object({ path: z.string(), params: z.any() }), roles, handler: (ctx, { path, params }) => ctx.call(path, params) });
export const both = mutation({
  roles,
  handler: async (ctx) => {
    const [item] = await Promise.all([ctx.call<{ stock: number }>('logics/shop/byId', { id: 'i1' }), ctx.db.exec("update items set stock = 3 where id = 'i1'")]);
    return item.stock;
  },
});
export const deep = query({ args: z.object({ n: z.int() }), roles, handler: (ctx, { n }): Promise<unknown> => ctx.call('logics/shop/deep', { n: n + 1 }) });
export const says = query({ roles, handler: (ctx) => { ctx.log.warn('hello', { n: 1 }); } });
export const big = query({ args: z.object({ n: z.int() }), roles, handler: (_, { n }) => 'x'.repeat(n) });
export const rows = query({ args: z.object({ n: z.int() }), roles, handler: async (ctx, { n }) => (await ctx.db.query('select generate_series(1, $1::int) as i', [n])).length });
export const late = mutation({ roles, handler: (ctx) => { ctx.db.exec("update items set stock = 7 where id = 'i1'"); } });
export const secret = query({ roles: ['admin'], handler: () => 1 });
export const caught = query({ roles, handler: async (ctx) => { await ctx.db.query('select 1 / 0').catch(() => null); return 1; } });
`;

beforeAll(async () => {
  bench = await openLogicBench('create table items (id text primary key, stock int not null check (stock >= 0))');
  functions = openFunctionBench(bench);
  served = await functions.serve({
    'logics/shop.ts': SHOP,
    'logics/count.sql': '---\nroles: [buyer]\n---\nselect sum(stock)::int as n from items',
    'logics/clear.sql': '---\nroles: [buyer]\n---\ndelete from items',
    'schema/main.yaml':
      'version: 1\ntables:\n  items:\n    id: { name: id, type: string, generate: client }\n    columns:\n      stock: { type: int }\n',
    'config/permissions.yaml':
      'version: 1\ntables:\n  items:\n    select: { roles: [buyer], condition: "resource.stock > 0" }\n',
  });
});
afterAll(async () => {
  await functions.close();
  await bench.close();
});
beforeEach(async () => {
  await bench.database.query(
    "insert into items values ('i1', 10), ('i2', 0) on conflict (id) do update set stock = excluded.stock",
    [],
  );
});

const run = (name: string, params: Json = {}, as: Principal = ANN) =>
  bench.run(served, `logics/shop/${name}`, params, { as });
const stock = async () =>
  Number((await bench.database.query("select stock from items where id = 'i1'", [])).rows[0]?.[0]);

describe('a function', () => {
  it('reads rows in the forms of the API, its values bound', async () => {
    expect(await run('byId', { id: 'i1' })).toEqual({ id: 'i1', stock: 10 });
    expect(await run('byId', { id: "' or true --" })).toBeNull();
    expect(await run('forms')).toEqual([
      {
        big: '1',
        dec: '1.50',
        t: 'é',
        l: [1, 2],
        j: { a: [1] },
        at: '1970-01-01T00:00:00Z',
        b: true,
        q: ['a"b', 'c\\d', null],
        nothing: null,
      },
    ]);
  });

  it('is refused to whom its roles do not name, and with params that do not fit', async () => {
    await expect(run('byId', { id: 'i1' }, user('u2', 'other'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(run('byId', {})).rejects.toMatchObject({ code: 'BAD_REQUEST', message: 'Missing required param: id' });
    await expect(run('byId', { id: 1 })).rejects.toMatchObject({ message: 'Invalid type for param: id' });
    await expect(run('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('writes when it returns, and nothing when it throws', async () => {
    expect(await run('take', { id: 'i1', n: 2 })).toEqual({ affected: 1, by: 'u1' });
    expect(await stock()).toBe(8);
    await expect(run('take', { id: 'i1', n: 1, end: 'refuse' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'Sold out',
      details: { id: 'i1' },
    });
    await expect(run('take', { id: 'i1', n: 1, end: 'throw' })).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'Internal error',
    });
    await expect(run('take', { id: 'i1', n: 1, end: 'fail' })).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await expect(run('take', { id: 'i1', n: 1, end: 'catch' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(run('take', { id: 'i1', n: 99 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await stock()).toBe(8);
  });

  it('writes what it did not wait for, too', async () => {
    expect(await run('late')).toBeNull();
    expect(await stock()).toBe(7);
  });

  it('needs a connection only where it asks for something', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const taken = Array.from({ length: bench.database.activity().max }, () =>
      bench.database.transaction(() => released),
    );
    const read = run('byId', { id: 'i1' });
    expect(await run('says')).toBeNull();
    expect(await Promise.race([read, run('says')])).toBeNull();
    release();
    expect(await read).toEqual({ id: 'i1', stock: 10 });
    await Promise.all(taken);
  });

  it('fails when a statement of it failed, though it only reads and caught it', async () => {
    for (let time = 0; time < 2; time++) await expect(run('caught')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('that is a query cannot write', async () => {
    await expect(run('sneaky')).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await expect(run('reads', { path: 'logics/clear', params: {} })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'A query only reads, and logics/clear writes',
    });
    await expect(run('calls', { path: 'logics/shop/sneaky' })).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(await stock()).toBe(10);
  });

  it.each([
    'commit',
    'rollback',
    'begin',
    'savepoint a',
    'select 1; select 2',
    'set role postgres',
    'set search_path = x',
    "select set_config('role', 'x', false)",
    'prepare transaction $$x$$',
    'listen x',
    'vacuum',
    "copy items to '/tmp/x'",
    'discard all',
    'select pg_advisory_lock(1)',
    'selec 1',
    '',
  ])('cannot run %j', async (text) => {
    await expect(run('sql', { text })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is held to its limits, which the error names', async () => {
    const long = `select '${'x'.repeat(128 * 1024)}'`;
    await expect(run('sql', { text: long })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'A statement may have at most 128 KiB',
    });
    const many = { text: 'select 1', params: Array.from({ length: 1_001 }, () => 1) };
    await expect(run('sql', many)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'A statement may have at most 1000 params',
    });
    expect(await run('rows', { n: 10_000 })).toBe(10_000);
    await expect(run('rows', { n: 10_001 })).rejects.toMatchObject({
      code: 'RESULT_TOO_LARGE',
      message: expect.stringContaining('10000 rows'),
    });
    const small = { ...served, limits: { ...served.limits, answerBytes: 1_000 } };
    await expect(bench.run(small, 'logics/shop/big', { n: 1_000 })).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
  });

  it('makes calls in its own transaction, as its caller and with no more permissions', async () => {
    expect(await run('calls', { path: 'logics/count' })).toEqual([{ n: 1 }]);
    expect(await run('calls', { path: 'db/items/select', params: {} })).toEqual([{ id: 'i1', stock: 1 }]);
    await bench.database.query("update items set stock = 10 where id = 'i1'", []);
    for (const path of ['db/items/delete', 'logics/shop/secret'])
      await expect(run('calls', { path, params: { where: { id: 'i1' } } })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    await expect(run('calls', { path: 'logics/none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await stock()).toBe(10);
    await expect(run('deep', { n: 0 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Functions may call each other at most 8 deep',
    });
  });

  it('writes beside a query that it calls at the same time', async () => {
    expect(await run('both')).toBe(10);
    expect(await stock()).toBe(3);
  });

  it('says what it logs and where it failed in its own file, with the request that it was for', async () => {
    functions.lines.length = 0;
    await run('says');
    await run('take', { id: 'i1', n: 1, end: 'throw' }).catch(() => {});
    await run('take', { id: 'i1', n: 1, end: 'fail' }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    const place = { project: 'shop', env: 'dev', file: 'logics/shop.ts' };
    expect(functions.lines).toMatchObject([
      { level: 'warn', msg: 'hello', function: 'logics/shop/says', fields: { n: 1 } },
      {
        level: 'error',
        msg: 'A function failed',
        function: 'logics/shop/take',
        ...place,
        line: 21,
        column: 32,
        error: 'TypeError: a secret',
      },
      { level: 'error', msg: 'A function failed', ...place, line: 22, error: expect.stringContaining('nothing') },
    ]);
  });

  it('that fails is told once, by its own place, whoever called it', async () => {
    functions.lines.length = 0;
    const params = { path: 'logics/shop/take', params: { id: 'i1', n: 1, end: 'throw' } };
    const error = await run('calls', params).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', details: undefined });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(functions.lines).toMatchObject([{ function: 'logics/shop/take', file: 'logics/shop.ts', line: 21 }]);
    const key: Principal = { type: 'api_key', sub: null, roles: ['buyer'], claims: {} };
    await expect(run('calls', params, key)).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'Internal error',
      details: { function: 'logics/shop/take', file: 'logics/shop.ts', line: 21, column: 32 },
    });
  });

  it('is counted with its time', async () => {
    const text = await functions.registry.metrics();
    expect(text).toContain('function_duration_seconds_count{project="shop",env="dev",path="logics/shop/byId"}');
    expect(text).toContain('function_errors_total{project="shop",env="dev",path="logics/shop/take"}');
  });
});
