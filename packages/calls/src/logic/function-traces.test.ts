import { createLogger, openTracing } from '@santokit/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TraceCollector } from '../../../../tests/e2e/support/trace-collector.ts';
import type { ServedRelease } from '../call/served-release.ts';
import { type FunctionBench, openFunctionBench } from './testing/served-functions.ts';
import { type LogicBench, openLogicBench } from './testing/served-logic.ts';

const SHOP = `import { mutation, z } from '@santokit/functions';
export const take = mutation({
  args: z.object({ id: z.string() }),
  roles: ['buyer'],
  handler: async (ctx, { id }) => {
    await ctx.db.exec(\`update items set stock = stock - 1 where id = '\${id}'\`);
    await ctx.call('logics/count', {});
    await ctx.call('db/items/select', { where: { id } });
    return ctx.db.query('select 1 / $1::int', [0]);
  },
});
`;
const collector = new TraceCollector();
let bench: LogicBench;
let functions: FunctionBench;
let served: ServedRelease;

beforeAll(async () => {
  await collector.start();
  bench = await openLogicBench('create table items (id text primary key, stock int not null)');
  functions = openFunctionBench(bench);
  served = await functions.serve({
    'logics/shop.ts': SHOP,
    'logics/count.sql': '---\nroles: [buyer]\n---\nselect sum(stock)::int as n from items',
    'schema/main.yaml':
      'version: 1\ntables:\n  items:\n    id: { name: id, type: string, generate: client }\n    columns:\n      stock: { type: int }\n',
    'config/permissions.yaml': 'version: 1\ntables:\n  items:\n    select: { roles: [buyer] }\n',
  });
});
afterAll(async () => {
  await functions.close();
  await bench.close();
  await collector.stop();
});

it('a function has a span for each statement and for the steps of each call that it makes, without what it composed', async () => {
  const logger = createLogger({ level: 'error', format: 'json' });
  const settings = { url: `${collector.url}/v1/traces`, sampleRate: 1 };
  const tracing = await openTracing(settings, { service: 'a test', version: '1', instanceId: 'i', logger });
  const request = tracing?.request('bridge.request', undefined);
  const trace = request?.span;
  await expect(bench.run(served, 'logics/shop/take', { id: 'planted-value' }, { trace })).rejects.toThrow();
  trace?.end();
  await tracing?.close(3_000);
  const spans = await collector.trace(request?.traceId ?? '');
  const told = spans.map(({ name, attributes, status }) => [name, attributes['stk.path'], status.code === 2]);
  expect(told).toEqual([
    ['bridge.permission', 'logics/shop/take', false],
    ['bridge.db.execute', 'logics/shop/take', false],
    ['bridge.permission', 'logics/count', false],
    ['bridge.permission', 'logics/count', false],
    ['bridge.db.execute', 'logics/count', false],
    ['bridge.permission', 'db/items/select', false],
    ['bridge.permission', 'db/items/select', false],
    ['bridge.sql.generate', 'db/items/select', false],
    ['bridge.db.execute', 'db/items/select', false],
    ['bridge.db.execute', 'logics/shop/take', true],
    ['bridge.request', undefined, false],
  ]);
  expect(collector.texts.join('')).not.toContain('planted-value');
});
