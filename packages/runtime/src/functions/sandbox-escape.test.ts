import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleBase } from './build/bundle-base.ts';
import { FunctionPool } from './function-pool.ts';
import { type CallOptions, callBundle, handler } from './testing/call-bundle.ts';

const pool = new FunctionPool({ size: 1 });
const call = (body: string, options?: CallOptions) => callBundle(pool, handler(body), options);

beforeAll(async () => pool.warm(await bundleBase()));
afterAll(() => pool.close());

describe('a sandbox has nothing of its process', () => {
  it.each([
    'process',
    'require',
    'module',
    'Buffer',
    'fetch',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'WeakRef',
    'FinalizationRegistry',
    '__santokit',
    'global',
    'XMLHttpRequest',
  ])('%s', async (name) => {
    expect(await call(`return typeof globalThis.${name};`)).toBe('undefined');
  });

  it('by the frames of an error', async () => {
    const body = `Error.prepareStackTrace = (_, frames) => typeof frames[0].getThis()?.process; return new Error().stack;`;
    expect(await call(body)).toBe('undefined');
  });

  it.each([
    `(0, eval)('1')`,
    `new Function('return 1')()`,
    `Reflect.construct(Function, ['return 1'], class {})()`,
    `new (class extends Function {})('return 1')()`,
    `Object.getPrototypeOf((async () => {}).constructor).constructor('return 1')()`,
    `(async function* () {}).constructor('return 1')()`,
    `z.object.constructor('return 1')()`,
    `Function.prototype.constructor('return 1')()`,
    `ctx.constructor.constructor('return typeof process')()`,
    `ctx.db.query.constructor('return typeof process')()`,
    `ctx.log.constructor('return typeof require')()`,
    `(async () => {}).constructor('return typeof process')()`,
    `(function* () {}).constructor('return typeof process')().next().value`,
    `(() => { try { null.f } catch (e) { return e.constructor.constructor('return typeof process')() } })()`,
    `ctx.db.query('x').catch((e) => e.constructor.constructor('return typeof process')())`,
  ])('by code made of text: %s', async (expression) => {
    const onOperation = () => Promise.reject(new Error('refused'));
    const error = await call(`return ${expression};`, { onOperation }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INTERNAL_ERROR',
      cause: { message: 'EvalError: A function cannot make code of text' },
    });
  });

  it.each([`import('node:fs')`, `import('fs')`])('by %s', async (text) => {
    await expect(call(`return await ${text};`)).rejects.toThrow('Internal error');
  });

  it('and functions are functions', async () => {
    expect(await call('return [(() => 1) instanceof Function, (async () => 1) instanceof Function];')).toEqual([
      true,
      true,
    ]);
  });

  it('and nothing of the base but what is exported', async () => {
    const found = await call(`
      const found = [];
      const walk = (f) => { try { found.push(f.caller === null, typeof f.arguments) } catch { found.push('kept') } };
      walk(ctx.db.query);
      walk(ctx.call);
      return found;`);
    expect(found).toEqual(['kept', 'kept']);
  });
});

describe('what a function leaves behind is ended with it', () => {
  it('a promise that is kept after its end does nothing', async () => {
    const asked: string[] = [];
    const onOperation = async (operation: { kind: string }) => {
      asked.push(operation.kind);
      return 'null';
    };
    const body = `const late = async () => { for (;;) { await null; if (Date.now() > until) break; } await ctx.db.exec('late'); };
      const until = Date.now() + 200; late(); return 1;`;
    expect(await call(body, { onOperation, timeMs: 1_000 }).catch(() => 1)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(asked).toEqual([]);
    expect(await call('return 2;')).toBe(2);
  });
});

describe('a function that takes too long is ended', () => {
  it.each([
    'for (;;);',
    'await new Promise(() => {});',
    'for (;;) await null;',
    `/^(a+)+$/.test('a'.repeat(40) + 'b');`,
    `return { toJSON() { for (;;); } };`,
    `return { get then() { for (;;); } };`,
    `throw { get message() { for (;;); } };`,
    `throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });`,
    `Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);`,
    `const again = () => Promise.resolve().then(again); await again();`,
    `Array.from({ length: 1e9 }, (_, i) => i % 2).sort; for (const x of { *[Symbol.iterator]() { for (;;) yield 1; } });`,
  ])('%s', async (body) => {
    const startedAt = Date.now();
    await expect(call(body, { timeMs: 300 })).rejects.toMatchObject({
      code: expect.stringMatching(/QUERY_TIMEOUT|BAD_REQUEST/),
    });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await call('return 1;')).toBe(1);
  });

  it('with its caller', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 100);
    await expect(call('for (;;);', { signal: leaving.signal as never })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('with its process, when that is killed, and the next call is run by another', async () => {
    const killed = call('await new Promise(() => {});');
    await call('return 1;');
    const { stdout } = await promisify(execFile)('pgrep', ['-P', String(process.pid), '-f', 'sandbox/worker.ts']);
    for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
    await expect(killed).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await call('return 1;')).toBe(1);
  });

  it('while others that run beside it go on', async () => {
    const beside = call(`await ctx.db.query('x'); return 'done';`, {
      onOperation: () => new Promise((resolve) => setTimeout(() => resolve('null'), 800)),
    });
    await expect(call('for (;;);', { timeMs: 200 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect(await call('return 1;')).toBe(1);
    expect(await beside).toBe('done');
  });
});

describe('a function that takes too much memory is ended', () => {
  it.each([
    `const all = []; for (;;) all.push(new Array(10_000).fill(1.5));`,
    `let text = 'x'; for (;;) text = text + text + Math.random(); `,
    `const all = []; for (;;) all.push('x'.repeat(1_000_000) + all.length);`,
    `const all = []; for (;;) all.push(new Uint8Array(1_000_000).fill(1));`,
    `new ArrayBuffer(2 ** 33);`,
    `const all = new Map(); for (let i = 0; ; i++) all.set(i, {});`,
    `return 'x'.repeat(2_000_000);`,
    `const deep = (n) => n === 0 ? [] : [deep(n - 1)]; let v = []; for (let i = 0; i < 1e9; i++) v = [v]; return v;`,
    `'x'.repeat(2 ** 29 - 100).split('');`,
  ])('%s', async (body) => {
    const error = await call(body).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: expect.stringMatching(/^(BAD_REQUEST|RESULT_TOO_LARGE)$/),
      message: expect.stringMatching(/more than 64 MB|more than an answer/),
    });
    expect(await call('return 1;')).toBe(1);
  });

  it('or too much that is under way', async () => {
    const onOperation = () => new Promise<string>(() => {});
    const flood = `const all = []; for (let i = 0; i < 3_000; i++) all.push(ctx.db.query('x')); await Promise.all(all);`;
    await expect(call(flood, { onOperation })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'The function has too much under way at once: await what it asks for',
    });
  });
});

describe('functions that are called at once', () => {
  it('are told of their own limit each, and keep nobody from calling others', async () => {
    const bomb = `const all = []; for (;;) all.push(new Array(10_000).fill(1.5));`;
    const bombs = Promise.all(
      Array.from({ length: 12 }, () => call(bomb, { timeMs: 4_000 }).catch((thrown: unknown) => thrown)),
    );
    let isDone = false;
    bombs.finally(() => {
      isDone = true;
    });
    const answers: unknown[] = [];
    while (!isDone) answers.push(await call('return 1;').catch((thrown: unknown) => thrown));
    for (const error of await bombs)
      expect(error).toMatchObject({ message: 'The function needed more than 64 MB of memory' });
    expect(new Set(answers.filter((answer) => answer !== 1)).size).toBe(0);
    expect(answers.length).toBeGreaterThan(12);
  });

  it('call each other, however many there are', async () => {
    const calls = Array.from({ length: 60 }, () =>
      call(`return ctx.call('inner', {});`, {
        onOperation: async () => JSON.stringify(await call('return 1;', { isUrgent: true })),
      }),
    );
    expect(await Promise.all(calls)).toEqual(calls.map(() => 1));
  });
});

describe('an error of any form is an error', () => {
  it.each([
    'throw null;',
    'throw undefined;',
    'throw Symbol("x");',
    'throw { get message() { throw 1; }, get stack() { throw 1; }, toString() { throw 1; } };',
    'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; } });',
    'throw Object.create(null);',
    'const e = new FunctionError("CONFLICT", "x"); throw Object.create(e, { code: { get() { throw 1; } } });',
    'return { toJSON() { throw new Error("x"); } };',
    'const loop = {}; loop.loop = loop; return loop;',
    'const f = () => f(); f();',
    'throw Object.assign(new FunctionError("CONFLICT", "x"), { code: "SERVICE_UNAVAILABLE" });',
    'throw Object.assign(new Error("x"), { code: "QUERY_TIMEOUT", op: 1 });',
  ])('%s', async (body) => {
    await expect(call(body)).rejects.toMatchObject({ code: 'INTERNAL_ERROR', message: 'Internal error' });
  });
});
