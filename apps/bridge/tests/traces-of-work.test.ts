import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SentSpan, TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const MARK = 'planted-value';
const CALLER = '00f067aa0ba902b7';
const FILES: Readonly<Record<string, string>> = {
  'events/topics/placed.yaml': 'name: placed\nschema: { item: { type: string } }\n',
  'events/topics/noted.yaml': 'name: noted\nschema: { item: { type: string } }\n',
  'events/topics/posted.yaml': 'name: posted\nschema: { title: { type: string } }\n',
  'events/topics/many.yaml': 'name: many\nschema: { n: { type: int } }\n',
  'events/triggers/posts.yaml': 'on: insert\ntable: posts\ntopic: posted\nmapping: { title: title }\n',
  'events/subscriptions/note.yaml': 'name: note\ntopic: placed\nhandler: logics/note\n',
  'events/subscriptions/after.yaml': 'name: after\ntopic: noted\nhandler: logics/keep\n',
  'events/subscriptions/post.yaml': 'name: post\ntopic: posted\nhandler: logics/post\nretry: { maxRetries: 0 }\n',
  'events/subscriptions/tally.yaml': 'name: tally\ntopic: many\nhandler: logics/tally\n',
  'logics/note.sql': `---
publish: [{ topic: noted, mapping: { item: ":event.item" } }]
---
insert into notes (what) values (:event.item)`,
  'logics/keep.sql': '---\ntransaction: none\n---\nselect :event.item::text as item',
  'logics/post.sql': 'insert into notes (what) select (1 / (length(:event.title) - length(:event.title)))::text',
  'logics/tally.sql': 'insert into notes (what) values (:event.n::text)',
  'logics/many.sql': `---
roles: [admin]
publish: [{ topic: many, mapping: { n: ":result.n" } }]
---
select n from generate_series(1, 300) n`,
  'logics/tick.sql': `select 'literal-of-the-author'`,
  'logics/broken.sql': 'select 1 / 0',
};
const stage = new Stage();
const collector = new TraceCollector();
let sql: postgres.Sql;
let bridge: BridgeClient;

beforeAll(async () => {
  await Promise.all([stage.open(), collector.start()]);
  sql = postgres(stage.databaseUrl, { max: 1, onnotice: () => undefined });
  await sql.unsafe('create table notes (what text)');
  const everySeconds = (handler: string) => ({ everySeconds: 1, handler, timeoutSeconds: 10, enabled: true });
  const crons = { tick: everySeconds('tick'), broken: everySeconds('broken') };
  stage.apply({ ...eventRelease(FILES), crons });
  const tracing = { url: `${collector.url}/v1/traces`, sampleRate: 1 };
  bridge = await (await stage.bridge({ jobsUrl: stage.databaseUrl, workers: true, tracing })).ready();
  // The first event of all has its tables made.
  await until(async () => (await bridge.call('events/placed/publish', { payload: { item: 'first' } })).status === 200);
});
afterAll(async () => {
  await sql.end();
  await stage.close();
  await collector.stop();
});

const newTraceId = () => randomBytes(16).toString('hex');
const spansOf = (traceId: string, name: string) =>
  collector.spans.filter((span) => span.traceId === traceId && span.name === name);
const without = (pattern: RegExp) => expect(collector.texts.join('')).not.toMatch(pattern);

/** Makes a call as part of a trace that is kept, and waits for its span and for those of the handlers of what it causes. */
async function traced(path: string, params: unknown, handlers: number) {
  const traceId = newTraceId();
  const headers = { 'x-santokit-api-key': stage.admin.key, traceparent: `00-${traceId}-${CALLER}-01` };
  expect((await bridge.call(path, params, headers)).status).toBe(200);
  await until(() => spansOf(traceId, 'bridge.event').length >= handlers);
  const [request] = await some(() => spansOf(traceId, 'bridge.request'));
  return { request, handled: spansOf(traceId, 'bridge.event') };
}

async function some(found: () => readonly SentSpan[]): Promise<readonly SentSpan[]> {
  await until(() => found().length > 0);
  return found();
}

describe('the handler of an event', () => {
  it('is part of the trace of the call that published it, and linked to that call', async () => {
    const { request, handled } = await traced('events/placed/publish', { payload: { item: MARK } }, 2);
    const [note, after] = handled;
    expect(note).toMatchObject({
      kind: 5,
      parentSpanId: request?.spanId,
      links: [{ traceId: request?.traceId, spanId: request?.spanId }],
      attributes: {
        'messaging.system': 'santokit',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'placed',
        'messaging.destination.subscription.name': 'note',
        'messaging.message.id': expect.any(String),
        'stk.path': 'logics/note',
        'stk.project': 'shop',
        'stk.env': 'dev',
        'stk.attempt': 1,
      },
    });
    // What a handler publishes is part of its part.
    expect(after).toMatchObject({ parentSpanId: note?.spanId, attributes: { 'stk.path': 'logics/keep' } });
    without(/planted-value/);
  });

  it('of what a row causes is too, and where it failed says so', async () => {
    const values = { title: MARK, author_id: 'ann' };
    const { request, handled } = await traced('db/posts/insert', { data: values }, 1);
    expect(handled).toMatchObject([{ parentSpanId: request?.spanId, status: { code: 2 } }]);
    expect(handled[0]?.attributes['error.type']).toEqual(expect.any(String));
    without(/planted-value/);
  });

  it('has a span of its own where many are handled together', async () => {
    const { request, handled } = await traced('logics/many', {}, 300);
    const together = handled.filter(({ attributes }) => Number(attributes['messaging.batch.message_count']) > 1);
    expect(together.length).toBeGreaterThan(0);
    expect(new Set(handled.map(({ attributes }) => attributes['messaging.message.id'])).size).toBe(300);
    expect(new Set(handled.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request?.spanId]));
  });

  it('of a call in a transaction of several is part of their trace', async () => {
    const traceId = newTraceId();
    const calls = [
      { path: 'db/posts/insert', params: { data: { title: 'one', author_id: 'ann' } } },
      { path: 'events/placed/publish', params: { payload: { item: 'two' } } },
    ];
    const headers = {
      'x-santokit-api-key': stage.admin.key,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${CALLER}-01`,
    };
    const body = JSON.stringify({ calls, transaction: true });
    expect((await bridge.send('/batch', { method: 'POST', headers, body })).status).toBe(200);
    await until(() => spansOf(traceId, 'bridge.event').length === 3);
  });

  it('has the steps of its logic below it, without what its author wrote', async () => {
    const { handled } = await traced('events/placed/publish', { payload: { item: MARK } }, 1);
    const below = collector.spans.filter(({ parentSpanId }) => parentSpanId === handled[0]?.spanId);
    expect(below.map(({ name }) => name)).toContain('bridge.db.execute');
  });
});

it('an outbox of before there were traces goes on, and is given a place for them when it is free', async () => {
  await sql`alter table santokit.outbox drop column traceparent`;
  const tracing = { url: `${collector.url}/v1/traces`, sampleRate: 1 };
  const another = await (await stage.bridge({ tracing })).ready();
  await until(
    async () => (await sql`select 1 from information_schema.columns where column_name = 'traceparent'`).length === 1,
  );
  expect((await another.call('events/placed/publish', { payload: { item: 'x' } })).status).toBe(200);
  await another.bridge.stop();
});

it('a run of a cron is a trace, with its steps, and tells whether it failed', async () => {
  const ofCron = (name: string) =>
    collector.spans.filter((span) => span.name === 'bridge.cron' && span.attributes['stk.path'] === `logics/${name}`);
  const [tick] = await some(() => ofCron('tick'));
  expect(tick).toMatchObject({ kind: 5, attributes: { 'messaging.destination.name': 'cron/tick', 'stk.env': 'dev' } });
  expect(tick?.status.code).not.toBe(2);
  const [broken] = await some(() => ofCron('broken'));
  expect(broken).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'BAD_REQUEST' } });
  const steps = await some(() => collector.spans.filter(({ parentSpanId }) => parentSpanId === tick?.spanId));
  expect(steps.map(({ name }) => name)).toContain('bridge.db.execute');
  without(/literal-of-the-author/);
});

it('what hands out events tells how many, and nothing where there are none', async () => {
  const relays = await some(() => collector.spans.filter(({ name }) => name === 'bridge.relay'));
  expect(relays[0]).toMatchObject({ kind: 1, attributes: { 'stk.connection': 'main', 'stk.outbox_kind': 'event' } });
  expect(relays.every(({ attributes }) => Number(attributes['messaging.batch.message_count']) > 0)).toBe(true);
});

it('what is asked of the Hub is a trace that the Hub is told of, by the kind of what is asked', async () => {
  const asked = await some(() => collector.spans.filter(({ name }) => name === 'bridge.hub'));
  const told = asked.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
  expect(stage.hub.traceparents).toEqual(expect.arrayContaining(told));
  expect(stage.hub.traceparents).not.toContain(undefined);
  expect(new Set(asked.map(({ attributes }) => attributes['url.template']))).toContain(
    '/internal/keys/{project}/{env}',
  );
  expect(asked[0]).toMatchObject({ kind: 3, attributes: { 'http.request.method': 'GET' } });
  without(/bridge-token/);
});
