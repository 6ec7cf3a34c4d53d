import ivm from 'isolated-vm';
import { wrapped } from './wrapped.ts';

/** The memory of a process in which the base has run; contexts begin as copies of it. It holds code that is compiled already for calls like this one. */
export function snapshotOf(base: string): ivm.ExternalCopy<ArrayBuffer> {
  return ivm.Isolate.createSnapshot([{ code: base, filename: 'santokit' }], WARM_UP);
}

const BUNDLE = `var __exports = (() => {
  const { query, z } = __modules['@santokit/functions'];
  const args = z.object({ text: z.string().min(1), number: z.number().int().min(0), many: z.array(z.boolean()).optional() });
  return { run: query({ args, handler: async (ctx, args) => [await ctx.db.query('', [args.text]), await ctx.call('', {})] }) };
})();`;
const START = JSON.stringify({
  export: 'run',
  params: { text: 'a', number: 1, many: [true] },
  auth: { type: 'user', sub: null, roles: [], claims: {} },
  env: '',
  answerChars: 1_000,
});
const WARM_UP = `{ const answer = ${wrapped(BUNDLE)}(${JSON.stringify(START)}, () => {}); answer('{"op":1,"result":[]}'); }`;
