import { FunctionBuilder } from '@santokit/runtime/build';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const HANDLER = {
  path: 'logics/bill.ts',
  content: `import { mutation, z } from '@santokit/functions';
export default mutation({
  args: z.object({ item: z.string() }),
  roles: [],
  handler: async (ctx, { item }) => {
    await ctx.db.query('insert into bills (event_id, item, topic) values ($1, $2, $3)', [ctx.event?.id, item, ctx.event?.topic]);
    if (item === 'bad') throw new Error('It cannot be billed');
    ctx.publish('billed', { item });
  },
});`,
};
const FILES = {
  'events/topics/sold.yaml': 'name: sold\nschema: { item: { type: string } }\n',
  'events/topics/billed.yaml': 'name: billed\nschema: { item: { type: string } }\n',
  'events/subscriptions/note.yaml': 'name: note\ntopic: billed\nhandler: logics/note\n',
  'logics/note.sql': 'insert into notes (item) values (:event.item)',
};
/** Of a handler that \`eventRelease\` does not know of. */
const BILL = {
  topic: 'sold',
  handler: 'bill',
  retry: { maxRetries: 1, minBackoffMs: 50, maxBackoffMs: 50 },
  deadLetter: true,
};

const stage = new Stage();
const builder = new FunctionBuilder();
const collector = new TraceCollector();
let sql: postgres.Sql;
let bridge: BridgeClient;
beforeAll(async () => {
  await Promise.all([stage.open(), collector.start()]);
  sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => undefined });
  await sql`create table bills (event_id text primary key, item text, topic text)`;
  await sql`create table notes (item text)`;
  const { logics, artifacts, problems } = await builder.build([HANDLER]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  for (const { hash, text } of artifacts) stage.hub.artifacts.set(hash, text);
  const { events, ...release } = eventRelease(FILES);
  if (events === undefined) throw new Error('no events');
  const subscriptions = { ...events.subscriptions, bill: BILL };
  stage.apply({ ...release, logics: { ...release.logics, ...logics }, events: { ...events, subscriptions } });
  const tracing = { url: `${collector.url}/v1/traces`, sampleRate: 0 };
  bridge = await (await stage.bridge({ jobsUrl: stage.databaseUrl, workers: true, tracing })).ready();
});
afterAll(async () => {
  await builder.close();
  await sql.end();
  await stage.close();
  await collector.stop();
});

it('a function handles events in one transaction, with what it publishes, and fails for itself alone', async () => {
  const ids: string[] = [];
  for (const item of ['a', 'bad', 'b']) {
    const { status, body } = await bridge.call('events/sold/publish', { payload: { item } });
    expect([status, body]).toEqual([200, expect.anything()]);
    ids.push(body.data.id);
  }
  await until(async () => (await sql`select 1 from notes`).length === 2);
  await until(async () => (await sql`select 1 from santokit.dead_letters`).length === 1);
  expect(await sql`select event_id, item, topic from bills order by item`).toEqual([
    { event_id: ids[0], item: 'a', topic: 'sold' },
    { event_id: ids[2], item: 'b', topic: 'sold' },
  ]);
  const [letter] = await sql`select event_id, attempts, last_error from santokit.dead_letters`;
  // The Hub of this test has no source map: what failed is told all the same.
  await until(() => stage.log.some((line) => line.includes('A function failed') && line.includes('cannot be billed')));
  expect(letter).toMatchObject({
    event_id: ids[1],
    attempts: 2,
    last_error: expect.stringContaining('cannot be billed'),
  });
});

it('what a function publishes is part of the trace of what it handles', async () => {
  const traceId = 'e'.repeat(32);
  const headers = { 'x-santokit-api-key': stage.admin.key, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  expect((await bridge.call('events/sold/publish', { payload: { item: 'planted-value' } }, headers)).status).toBe(200);
  const handled = () => collector.spans.filter((span) => span.traceId === traceId && span.name === 'bridge.event');
  await until(() => handled().length === 2);
  const [bill, note] = handled();
  expect([bill?.attributes['stk.path'], note?.attributes['stk.path']]).toEqual(['logics/bill', 'logics/note']);
  expect(note?.parentSpanId).toBe(bill?.spanId);
  expect(collector.texts.join('')).not.toContain('planted-value');
});
