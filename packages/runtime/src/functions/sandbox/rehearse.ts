import { query } from '@santokit/functions';
import { z } from 'zod';
import { type Invocation, invoke } from './invoke.ts';

const definition = query({
  args: z.object({ text: z.string(), number: z.number().optional() }),
  handler: (ctx, { text }) => ctx.db.query('', [text]),
});
const start = JSON.stringify({
  export: 'run',
  params: { text: 'a' },
  auth: { type: 'user', sub: null, roles: [''], claims: {} },
  env: '',
  answerChars: 1_000,
});

/** Makes a call of nothing, before anybody waits: what a context runs for the first time takes several times as long as later. */
export function rehearse(): void {
  const deliver = invoke({
    exports: { run: definition },
    failure: undefined,
    send: () => {},
    start: JSON.parse(start) as Invocation['start'],
  });
  deliver('{"op":1,"result":[]}');
}
