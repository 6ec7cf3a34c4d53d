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
