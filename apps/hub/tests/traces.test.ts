import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { startHubProcess } from './support/hub-process.ts';
import { RunningHub } from './support/running-hub.ts';

const CALLER = '00f067aa0ba902b7';
const ENV = '/api/v1/projects/shop/envs/dev';
const collector = new TraceCollector();
let hub: RunningHub;

beforeAll(async () => {
  await collector.start();
  const variables = { STK_OTEL_ENABLED: 'true', STK_OTEL_ENDPOINT: collector.url, STK_OTEL_SAMPLE_RATE: '0' };
  hub = await RunningHub.withShop({ variables });
});
afterAll(async () => {
  await hub.stop();
  await collector.stop();
});

/** Asks as part of a trace that is kept. */
async function traced(methodAndPath: string, call: Parameters<RunningHub['call']>[1] = {}) {
  const traceId = randomBytes(16).toString('hex');
  const headers = { traceparent: `00-${traceId}-${CALLER}-01` };
  const { status } = await hub.call(methodAndPath, { ...call, headers });
  return { traceId, status, spans: await collector.trace(traceId) };
}

it('a request is a span below that of its caller, named by the template of its path', async () => {
  const { spans } = await traced(`GET ${ENV}/connections/main?planted=value`);
  expect(spans).toMatchObject([
    {
      name: 'hub.request',
      parentSpanId: CALLER,
      kind: 2,
      service: 'santokit-hub',
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'stk.project': 'shop',
        'stk.env': 'dev',
      },
    },
  ]);
  expect(spans[0]?.attributes['http.route']).toMatch(/^\/api\/v1\/projects\/.p.*\/connections\/.*name/);
  expect(JSON.stringify(spans)).not.toContain('planted');
});

it('the id of the trace is in the line of the log and in the audit log', async () => {
  const { traceId, status } = await traced(`POST ${ENV}/apikeys`, { body: { name: 'k', roles: ['a'] } });
  expect(status).toBe(201);
  expect(hub.logs.filter((line) => JSON.parse(line).traceId === traceId)).toHaveLength(1);
  const rows = await hub.store`select action from audit_log where trace_id = ${traceId}`;
  expect(rows.map(({ action }) => action)).toEqual(['apikey.create']);
});

it('what the caller does wrong is told by its status, and is no error of the span', async () => {
  const { traceId, status, spans } = await traced('GET /planted/path', { token: '' });
  expect(hub.logs.filter((line) => JSON.parse(line).traceId === traceId)).toHaveLength(1);
  expect(spans[0]).toMatchObject({
    status: {},
    attributes: { 'http.route': 'unknown', 'http.response.status_code': status },
  });
  expect(JSON.stringify(spans)).not.toContain('planted');
});

it('nothing is traced at the rate 0 where the caller says nothing, and health never is', async () => {
  await hub.must('GET /api/v1/me');
  const traceId = randomBytes(16).toString('hex');
  for (const path of ['/healthz', '/readyz', '/metrics'])
    await hub.call(`GET ${path}`, { headers: { traceparent: `00-${traceId}-${CALLER}-01` } });
  const later = await traced('GET /api/v1/me');
  expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  expect(collector.spans.every(({ parentSpanId }) => parentSpanId === CALLER)).toBe(true);
  expect(collector.spans.at(-1)?.traceId).toBe(later.traceId);
});

it('a Hub that stops sends what it has', async () => {
  const own = await startHubProcess({
    STK_HUB_DATABASE_URL: hub.deps.config.databaseUrl,
    STK_HUB_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    STK_OTEL_ENABLED: 'true',
    STK_OTEL_ENDPOINT: collector.url,
  });
  const traceId = randomBytes(16).toString('hex');
  await fetch(`${own.url}/api/v1/me`, { headers: { traceparent: `00-${traceId}-${CALLER}-01` } });
  await own.stop('SIGTERM');
  expect(collector.spans.filter((span) => span.traceId === traceId)).toHaveLength(1);
});
