import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SentSpan, TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const MARK = 'planted-value';
const FILES: Readonly<Record<string, string>> = {
  'events/topics/placed.yaml': 'name: placed\nschema: { item: { type: string } }\n',
  'logics/titles.sql': `---
roles: [admin]
params: { author: { type: string } }
---
select title from posts where author_id = :author and title <> 'literal-of-the-author'`,
  'logics/inverse.sql': '---\nroles: [admin]\nparams: { n: { type: int } }\n---\nselect 1 / :n::int as inverse',
  'logics/closed.sql': '---\nroles: [nobody]\n---\nselect 1',
};
const stage = new Stage();
const collector = new TraceCollector();
let bridge: BridgeClient;

beforeAll(async () => {
  await Promise.all([stage.open(), collector.start()]);
  stage.apply(eventRelease(FILES));
  bridge = await traced({ sampleRate: 0 });
  // The first event of all has its tables made.
  await until(async () => (await bridge.call('events/placed/publish', { payload: { item: 'first' } })).status === 200);
});
afterAll(async () => {
  await stage.close();
  await collector.stop();
});

const traced = async ({ sampleRate = 1, url = collector.url }) =>
  await (await stage.bridge({ tracing: { url: `${url}/v1/traces`, sampleRate } })).ready();
const timed = async (work: () => Promise<unknown>) => {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
};
const newTraceId = () => randomBytes(16).toString('hex');
const CALLER = '00f067aa0ba902b7';
const asAdmin = () => ({ 'x-santokit-api-key': stage.admin.key });

/** Makes a call as part of a trace that is kept. */
async function trace(path: string, params: unknown = {}, headers: Record<string, string> = asAdmin()) {
  const traceId = newTraceId();
  const answer = await bridge.call(path, params, { ...headers, traceparent: `00-${traceId}-${CALLER}-01` });
  const spans = await collector.trace(traceId);
  const root = spans.find(({ name }) => name === 'bridge.request');
  return { traceId, status: answer.status, spans, root, names: namesUnder(spans, root) };
}

/** Without those of what the Bridge asks the Hub meanwhile. */
const ofCalls = () => collector.spans.filter(({ name }) => name !== 'bridge.hub');

/** Of the spans below one, in the order in which they ended. */
function namesUnder(spans: readonly SentSpan[], parent: SentSpan | undefined): string[] {
  return spans.flatMap(({ name, parentSpanId }) => (parentSpanId === parent?.spanId ? name : []));
}

const STEPS = ['bridge.auth', 'bridge.permission', 'bridge.sql.generate', 'bridge.db.execute', 'bridge.response'];

describe.concurrent('a call that is traced', () => {
  it('has the spans of its steps below that of the request, which is below that of its caller', async () => {
    const { status, root, names, spans } = await trace('db/posts/select', { where: { title: MARK } });
    expect([status, names]).toEqual([200, STEPS]);
    expect(root).toMatchObject({ parentSpanId: CALLER, kind: 2, service: 'santokit-bridge' });
    expect(root?.attributes).toMatchObject({
      'http.response.status_code': 200,
      'stk.path': 'db/posts/select',
      'stk.project': 'shop',
      'stk.env': 'dev',
    });
    expect(spans).toHaveLength(6);
  });

  it('tells its statement with placeholders, and no value', async () => {
    const { spans } = await trace('db/posts/select', { where: { title: MARK, author_id: { $in: [MARK, 'x'] } } });
    const query = spans.find(({ name }) => name === 'bridge.db.execute');
    expect(query).toMatchObject({
      kind: 3,
      attributes: { 'db.collection.name': 'posts', 'db.system.name': 'postgresql' },
    });
    expect(query?.attributes['db.query.text']).toMatch(/select .*"title".*\$1/is);
    expect(JSON.stringify(spans)).not.toContain(MARK);
  });

  it.each<[string, string, unknown, () => Promise<Record<string, string>> | Record<string, string>, number, string[]]>([
    [
      'that no rule allows',
      'db/posts/insert',
      { values: { title: MARK } },
      async () => ({ authorization: `Bearer ${await stage.token()}` }),
      403,
      ['bridge.auth', 'bridge.permission', 'bridge.response'],
    ],
    [
      'whose credential is none',
      'db/posts/select',
      {},
      () => ({ 'x-santokit-api-key': MARK }),
      401,
      ['bridge.auth', 'bridge.response'],
    ],
    [
      'to what there is not',
      `db/${MARK}/select`,
      {},
      asAdmin,
      404,
      ['bridge.auth', 'bridge.permission', 'bridge.response'],
    ],
    [
      'with a bad param',
      'db/posts/select',
      { where: { [MARK]: 1 } },
      asAdmin,
      400,
      STEPS.filter((name) => name !== 'bridge.db.execute'),
    ],
    [
      'that the database refuses',
      'logics/inverse',
      { n: 0 },
      asAdmin,
      400,
      ['bridge.auth', 'bridge.permission', 'bridge.db.execute', 'bridge.response'],
    ],
    [
      'to logic of another role',
      'logics/closed',
      {},
      asAdmin,
      403,
      ['bridge.auth', 'bridge.permission', 'bridge.response'],
    ],
  ])('%s ends at the step that refused it', async (_, path, params, headers, status, names) => {
    const found = await trace(path, params, await headers());
    expect([found.status, found.names]).toEqual([status, names]);
    const failed = found.spans.filter(({ status: { code } }) => code === 2);
    expect(failed.map(({ name }) => name)).toEqual([names.at(-2)]);
    expect(found.root?.attributes['http.response.status_code']).toBe(status);
    expect(JSON.stringify(found.spans)).not.toContain(MARK);
  });

  it('to logic is traced without the text that its author wrote', async () => {
    const { status, names, spans, root } = await trace('logics/titles', { author: MARK });
    expect([status, names]).toEqual([
      200,
      ['bridge.auth', 'bridge.permission', 'bridge.db.execute', 'bridge.response'],
    ]);
    expect(root?.attributes['stk.path']).toBe('logics/titles');
    expect(JSON.stringify(spans)).not.toMatch(/planted-value|literal-of-the-author/);
  });

  it('that publishes is traced without the payload', async () => {
    const { status, names, spans, root } = await trace('events/placed/publish', { payload: { item: MARK } });
    expect(root?.attributes['stk.path']).toBe('events/placed/publish');
    expect([status, names]).toEqual([
      200,
      ['bridge.auth', 'bridge.permission', 'bridge.db.execute', 'bridge.response'],
    ]);
    expect(JSON.stringify(spans)).not.toContain(MARK);
  });

  it('of a batch has its own steps, beside those of the others', async () => {
    const traceId = newTraceId();
    const calls = [
      { path: 'db/posts/select', params: {} },
      { path: 'logics/titles', params: { author: 'ann' } },
      { path: `db/${MARK}/select`, params: {} },
    ];
    const headers = { ...asAdmin(), 'content-type': 'application/json', traceparent: `00-${traceId}-${CALLER}-01` };
    await bridge.send('/batch', { method: 'POST', headers, body: JSON.stringify({ calls }) });
    const spans = await collector.trace(traceId);
    expect(spans.filter(({ name }) => name === 'bridge.permission')).toHaveLength(3);
    const queries = spans.filter(({ name }) => name === 'bridge.db.execute');
    expect(queries.map(({ attributes }) => attributes['stk.path']).toSorted()).toEqual([
      'db/posts/select',
      'logics/titles',
    ]);
    expect(JSON.stringify(spans)).not.toContain(MARK);
  });

  it('has the id of its trace in its line of the log', async () => {
    const { traceId } = await trace('db/posts/select');
    expect(stage.log.filter((line) => JSON.parse(line).traceId === traceId)).toHaveLength(1);
  });

  it('tells no credential, no cookie and no URL of a database', async () => {
    const token = await stage.token();
    const { spans } = await trace('db/posts/select', {}, { authorization: `Bearer ${token}`, cookie: `a=${MARK}` });
    expect(spans.length).toBeGreaterThan(3);
    for (const secret of [MARK, token, stage.admin.key, stage.databaseUrl, 'bridge-token'])
      expect(collector.texts.join('')).not.toContain(secret);
  });
});

describe('which calls are traced', () => {
  const callerSays = (flags: string) => ({ ...asAdmin(), traceparent: `00-${newTraceId()}-${CALLER}-${flags}` });

  it('is for the caller to say, whatever the rate is', async () => {
    const all = await traced({ sampleRate: 1 });
    const unsampled = callerSays('00');
    await all.call('db/posts/select', {}, unsampled);
    const { traceId } = await trace('db/posts/select');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(collector.spans.some((span) => span.traceId === traceId)).toBe(true);
    expect(collector.spans.some((span) => unsampled.traceparent.includes(span.traceId))).toBe(false);
    expect(stage.log.some((line) => unsampled.traceparent.includes(JSON.parse(line).traceId))).toBe(true);
  });

  it('is none at the rate 0 and all at the rate 1, where the caller says nothing', async () => {
    const before = ofCalls().length;
    for (let n = 0; n < 20; n++) await bridge.call('db/posts/select');
    const all = await traced({ sampleRate: 1 });
    const lines = stage.log.length;
    for (let n = 0; n < 5; n++) await all.call('db/posts/select');
    const logged = stage.log.slice(lines).flatMap((line) => (JSON.parse(line).path ? JSON.parse(line).traceId : []));
    expect(new Set(logged).size).toBe(5);
    for (const traceId of logged) expect(await collector.trace(traceId)).toHaveLength(6);
    expect(ofCalls().length - before).toBe(30);
  });

  it('what is no traceparent begins a trace of its own', async () => {
    const all = await traced({ sampleRate: 1 });
    const before = ofCalls().length;
    await all.call('db/posts/select', {}, { ...asAdmin(), traceparent: `00-${MARK}` });
    await until(() => ofCalls().length >= before + 6);
    expect(ofCalls().at(-1)?.parentSpanId ?? '').toBe('');
    expect(collector.texts.join('')).not.toContain(MARK);
  });
});

describe('a collector that is not there', () => {
  it('fails no call, and is told of once until it is back', async () => {
    const late = new TraceCollector();
    await late.start();
    await late.stop();
    const lines = stage.log.length;
    const told = (text: string) => stage.log.slice(lines).filter((line) => line.includes(text)).length;
    const client = await traced({ url: late.url });
    for (let n = 0; n < 50; n++) expect((await client.call('db/posts/select')).status).toBe(200);
    await until(async () => {
      await client.call('db/posts/select');
      return told('Traces are lost') > 0;
    });
    await late.start();
    await until(async () => {
      await client.call('db/posts/select');
      return told('Traces are taken again') > 0;
    });
    expect(told('Traces are lost')).toBe(1);
    expect(late.spans.length).toBeGreaterThan(0);
    await late.stop();
  }, 40_000);

  it('that never answers delays no call, and keeps no Bridge from stopping', async () => {
    const silent = new TraceCollector();
    silent.isSilent = true;
    await silent.start();
    const client = await traced({ url: silent.url });
    await client.call('db/posts/select');
    await until(() => silent.asked > 0);
    // It holds the first batch for ever; who waited for it would come too late.
    const slowest = await Promise.all(Array.from({ length: 20 }, () => timed(() => client.call('db/posts/select'))));
    expect(Math.max(...slowest)).toBeLessThan(4_000);
    expect(await timed(() => client.bridge.stop())).toBeLessThan(4_900);
    expect(silent.spans).toEqual([]);
    await silent.stop();
  });
});

it('a Bridge that stops sends what it has', async () => {
  const client = await traced({ sampleRate: 1 });
  const traceId = newTraceId();
  await client.call('db/posts/select', {}, { ...asAdmin(), traceparent: `00-${traceId}-${CALLER}-01` });
  await client.bridge.stop();
  expect(collector.spans.filter((span) => span.traceId === traceId)).toHaveLength(6);
});
