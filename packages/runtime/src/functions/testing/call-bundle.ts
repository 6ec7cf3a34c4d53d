import type { Json } from '@santokit/contract';
import { transform } from 'esbuild';
import { artifactOf, bundleBase } from '../build/bundle-base.ts';
import type { FunctionCall } from '../function-call.ts';
import type { FunctionPool } from '../function-pool.ts';
import type { FunctionStart } from '../sandbox/messages.ts';

export type CallOptions = Partial<Omit<FunctionCall, 'start'>> & Partial<FunctionStart>;

/** Runs the export `run` of a text that imports what functions may import, without anything else around it. */
export async function callBundle(pool: FunctionPool, source: string, options: CallOptions = {}): Promise<Json> {
  const { code } = await transform(source, { format: 'cjs', loader: 'ts', target: 'es2024' });
  const text = `var __exports = (() => { const module = { exports: {} }; const require = (name) => __modules[name];
((module, exports) => {\n${code}\n})(module, module.exports); return module.exports; })();`;
  const { params = {}, event, ...call } = options;
  return pool.run({
    scope: 'shop/dev',
    base: await bundleBase(),
    artifact: artifactOf(text),
    timeMs: 5_000,
    memoryMb: 64,
    onOperation: () => Promise.resolve('[]'),
    onLog: () => {},
    ...call,
    start: {
      export: 'run',
      params,
      auth: { type: 'user', sub: 'u1', roles: ['user'], claims: {} },
      env: 'dev',
      answerChars: 1_000_000,
      ...(event === undefined ? {} : { event }),
    },
  });
}

/** A query whose handler has this body. */
export function handler(body: string, args = ''): string {
  return `import { query, mutation, z, FunctionError } from '@santokit/functions';
export const run = query({ ${args === '' ? '' : `args: ${args},`} handler: async (ctx: any, args: any) => {${body}} });`;
}
