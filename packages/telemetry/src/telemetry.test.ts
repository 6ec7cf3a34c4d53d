import { describe, expect, it } from 'vitest';
import { createHttpMetrics, createLogger, Registry, requestId } from './index.ts';

describe('a log line', () => {
  it('is one JSON object with ts, level and msg, and holds no credential', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', destination: { write: (line) => lines.push(line) } });
    logger.info(
      {
        path: 'db/posts/select',
        headers: { authorization: 'Bearer x', cookie: 'y' },
        connection: { url: 'postgres://u:p@h/d' },
      },
      'Answered',
    );
    logger.debug('unseen');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'info', msg: 'Answered', path: 'db/posts/select' });
    expect(Date.parse(line.ts)).not.toBeNaN();
    expect(lines[0]).not.toMatch(/Bearer|postgres:/);
  });
});

it.each([
  ['abc-1.2_3', true],
  ['', false],
  ['a b', false],
  ['x'.repeat(129), false],
  ['a\nb', false],
  [undefined, false],
])('a request id %j is kept: %s', (incoming, kept) => {
  expect(requestId(incoming) === incoming).toBe(kept);
});

it('requests are counted by path and status', async () => {
  const registry = new Registry();
  createHttpMetrics(registry, 'bridge').observe({ path: 'db/posts/select', status: 200, durationMs: 3 });
  const text = await registry.metrics();
  expect(text).toContain('stk_bridge_requests_total{path="db/posts/select",status="200"} 1');
  expect(text).toContain('stk_bridge_request_duration_seconds_bucket{le="0.005",path="db/posts/select"} 1');
});
