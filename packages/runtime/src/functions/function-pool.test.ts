import { StkError } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleBase } from './build/bundle-base.ts';
import { FunctionFault } from './function-fault.ts';
import { FunctionPool } from './function-pool.ts';
import type { FunctionLogLine, FunctionOperation } from './sandbox/messages.ts';
import { type CallOptions, callBundle, handler } from './testing/call-bundle.ts';

const pool = new FunctionPool({ size: 1 });
const call = (body: string, options?: CallOptions) => callBundle(pool, handler(body), options);

beforeAll(async () => pool.warm(await bundleBase()));
afterAll(() => pool.close());

describe('a function', () => {
  it('is given its args, its caller and its env, and answers with what it returns', async () => {
    const source = handler('return { args, auth: ctx.auth, env: ctx.env };', 'z.object({ n: z.number() })');
    expect(await callBundle(pool, source, { params: { n: 1 } })).toEqual({
      args: { n: 1 },
      auth: { type: 'user', sub: 'u1', roles: ['user'], claims: {} },
      env: 'dev',
    });
  });

  it.each([
    ['undefined', null],
    ['12345678901234567890n', '12345678901234567890'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['[NaN, undefined]', [null, null]],
    ['Promise.resolve(1)', 1],
  ])('that returns %s answers as JSON can hold it', async (value, expected) => {
    expect(await call(`return ${value};`)).toEqual(expected);
  });

  it('gets what it asks for in the order of its questions, with dates and 64 bits in the forms of the API', async () => {
    const asked: FunctionOperation[] = [];
    const onOperation = async (operation: FunctionOperation) => {
      asked.push(operation);
      return JSON.stringify([{ n: asked.length }]);
    };
    const body = `const first = await ctx.db.query('select $1', [new Date(0), 5n, undefined, [1, null], { a: 1 }]);
      const rest = await Promise.all([ctx.db.exec('update t'), ctx.call('db/t/select', { limit: 1 }), ctx.publish('sold', { id: 1 })]);
      return [first, ...rest];`;
    expect(await call(body, { onOperation })).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }], [{ n: 4 }]]);
    expect(asked).toEqual([
      { kind: 'query', op: 1, sql: 'select $1', params: ['1970-01-01T00:00:00.000Z', '5', null, [1, null], { a: 1 }] },
      { kind: 'exec', op: 2, sql: 'update t', params: [] },
      { kind: 'call', op: 3, path: 'db/t/select', params: { limit: 1 } },
      { kind: 'publish', op: 4, topic: 'sold', payload: { id: 1 } },
    ]);
  });

  it('is given names as they were written, and so is what it asks, publishes, logs and returns', async () => {
    const source = handler(
      `const [first, second] = [await ctx.call('other', args), await ctx.call('other', args)];
      await ctx.publish('sold', second);
      ctx.log('seen', second);
      return { args, first, second };`,
      'z.any()',
    );
    const document = (name: string) => ({ a: 5, [name]: 6, b: [{ c: 1, [name]: 2 }] });
    const before = document('\\');
    for (const params of [before, document('\t')]) {
      const met: unknown[] = [];
      const answers = [before, params];
      const returned = await callBundle(pool, source, {
        params,
        onLog: ({ fields }) => met.push(fields),
        onOperation: async (operation) => {
          met.push(operation.kind === 'call' ? operation.params : operation.kind === 'publish' && operation.payload);
          return JSON.stringify(answers.shift() ?? null);
        },
      });
      expect(met).toEqual([params, params, params, params]);
      expect(returned).toEqual({ args: params, first: before, second: params });
    }
  });

  it('catches what an operation is refused, and its caller is told when it does not', async () => {
    const onOperation = () => Promise.reject(new StkError('CONFLICT', 'Taken', { column: 'email' }));
    const caught = `try { await ctx.db.query('x'); } catch (error) {
      return [error instanceof FunctionError, error.code, error.message, error.details]; }`;
    expect(await call(caught, { onOperation })).toEqual([true, 'CONFLICT', 'Taken', { column: 'email' }]);
    const error = await call(`await ctx.db.query('x');`, { onOperation }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'CONFLICT', message: 'Taken', details: { column: 'email' } });
  });

  it('answers only when what it did not wait for is done', async () => {
    const done: number[] = [];
    const onOperation = async ({ op }: FunctionOperation) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      done.push(op);
      return 'null';
    };
    expect(await call(`ctx.db.exec('a'); ctx.db.exec('b'); return 1;`, { onOperation })).toBe(1);
    expect(done).toEqual([1, 2]);
  });

  it('refuses its caller with a code of its choice', async () => {
    await expect(call(`throw new FunctionError('CONFLICT', 'Sold out', { left: 0 });`)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'Sold out',
      details: { left: 0 },
    });
  });

  it('shows nothing of what else it throws, which is kept with its place', async () => {
    const error = await call(`\nthrow new TypeError('secret');`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', message: 'Internal error' });
    const fault = (error as StkError).cause as FunctionFault;
    expect(fault).toBeInstanceOf(FunctionFault);
    expect(fault.message).toBe('TypeError: secret');
    expect(fault.trace).toMatch(/function:[0-9a-f]{64}:\d+:\d+/);
  });

  it.each([
    [{}, 'Missing required param: user'],
    [{ user: { age: 1 } }, 'Missing required param: user.name'],
    [{ user: { name: 5, age: 1 } }, 'Invalid type for param: user.name'],
    [{ user: { name: null, age: 1 } }, 'Invalid type for param: user.name'],
    [{ user: { name: 'a', age: -1 } }, 'Invalid value for param: user.age (Too small: expected number to be >=0)'],
    [{ user: { name: 'a', age: 1 }, more: 1 }, 'Unknown param: more'],
    [[], 'The params must be an object'],
    [JSON.parse('{"__proto__": {"user": {"name": "a", "age": 1}}}'), 'Missing required param: user'],
  ])('does not run for the params %j', async (params, message) => {
    const source = handler(
      'return 1;',
      'z.strictObject({ user: z.object({ name: z.string(), age: z.int().min(0) }) })',
    );
    await expect(callBundle(pool, source, { params })).rejects.toMatchObject({ code: 'BAD_REQUEST', message });
  });

  it('writes lines to the log, and no more than is kept', async () => {
    const lines: FunctionLogLine[] = [];
    await call(`ctx.log('a', { b: 1 }); ctx.log.error('c'); for (let i = 0; i < 5_000; i++) ctx.log.debug('d');`, {
      onLog: (line) => lines.push(line),
    });
    expect(lines.slice(0, 2)).toEqual([
      { kind: 'log', level: 'info', message: 'a', fields: { b: 1 } },
      { kind: 'log', level: 'error', message: 'c' },
    ]);
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)?.message).toBe('The call logs more than is kept of one');
  });

  it('finds nothing of the calls before it', async () => {
    const source = `import { query } from '@santokit/functions';
      let calls = 0;
      export const run = query({ handler: () => {
        calls += 1;
        const seen = [calls, globalThis.left, Object.prototype.left, [].map.left];
        globalThis.left = Object.prototype.left = Array.prototype.map.left = 'left';
        Array.prototype.map = null; JSON.stringify = null; Promise.prototype.then = null;
        return seen;
      } });`;
    for (let time = 0; time < 3; time++) expect(await callBundle(pool, source)).toEqual([1, null, null, null]);
  });
});
