import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TraceCollector } from '../../../../tests/e2e/support/trace-collector.ts';
import { createLogger } from '../logger.ts';
import { openTracing } from './open-tracing.ts';

const collector = new TraceCollector();
const lines: string[] = [];
const logger = createLogger({ level: 'info', format: 'json', destination: { write: (line) => lines.push(line) } });
const program = { service: 'shop', version: '1.2.3', instanceId: 'i', logger };
const open = (sampleRate: number) => openTracing({ url: `${collector.url}/v1/traces`, sampleRate }, program);

beforeEach(() => collector.start());
afterEach(() => collector.stop());

it('without settings there is nothing to trace with', async () => {
  expect(await openTracing(undefined, program)).toBeUndefined();
});

it('a collector is given the headers that its users set for it, which nothing repeats', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'api-key=key-of-the-collector');
  const tracing = await open(1);
  vi.unstubAllEnvs();
  tracing?.request('a.request', undefined).span?.end();
  await tracing?.close(5_000);
  expect(collector.headers['api-key']).toBe('key-of-the-collector');
  expect(collector.texts.join('') + lines.join('')).not.toContain('key-of-the-collector');
});

it('of many requests about as many are traced as the rate says', async () => {
  const tracing = await open(0.25);
  const traced = Array.from({ length: 4_000 }, () => tracing?.request('a.request', undefined).span !== undefined);
  expect(traced.filter(Boolean).length / traced.length).toBeCloseTo(0.25, 1);
  await tracing?.close(0);
});

it('a statement that is very long is cut off', async () => {
  const tracing = await open(1);
  const request = tracing?.request('a.request', undefined);
  request?.span?.set({ 'db.query.text': 'x'.repeat(100_000) });
  request?.span?.end();
  await tracing?.close(5_000);
  const [span] = await collector.trace(request?.traceId ?? '');
  expect(String(span?.attributes['db.query.text']).length).toBeLessThan(10_000);
});

const CAUSE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}`;

it('work is part of the trace of what caused it, and linked to it, and traced exactly if that is, whatever the rate', async () => {
  const [never, always] = [await open(0), await open(1)];
  const work = { kind: 'handler', attributes: { 'stk.path': 'logics/a' } } as const;
  expect(always?.work('a.work', { ...work, cause: `${CAUSE}-00` })).toBeUndefined();
  expect(never?.work('a.work', work)).toBeUndefined();
  never?.work('a.work', { ...work, cause: `${CAUSE}-01` })?.end('BAD_REQUEST');
  always?.work('own.request', { kind: 'upkeep', attributes: {}, startedMs: 1_000 })?.end();
  await Promise.all([never?.close(5_000), always?.close(5_000)]);
  const link = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  expect(collector.spans.find(({ name }) => name === 'a.work')).toMatchObject({
    kind: 5,
    traceId: link.traceId,
    parentSpanId: link.spanId,
    links: [link],
    status: { code: 2 },
    attributes: { 'stk.path': 'logics/a', 'error.type': 'BAD_REQUEST' },
  });
  const own = collector.spans.find(({ name }) => name === 'own.request');
  expect([own?.kind, own?.parentSpanId ?? '', own?.links ?? []]).toEqual([1, '', []]);
});

it('who is asked is told of the trace, also that it is not kept', async () => {
  const [never, always] = [await open(0), await open(1)];
  const asked = never?.ask('a.question', {});
  expect([asked?.span, asked?.traceparent]).toEqual([
    undefined,
    expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
  ]);
  const traced = always?.ask('a.question', {});
  expect(traced?.traceparent).toBe(traced?.span?.traceparent);
  expect(traced?.traceparent).toMatch(/-01$/);
  await Promise.all([never?.close(0), always?.close(0)]);
});
