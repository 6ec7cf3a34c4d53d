import type { LogicParam } from '@santokit/contract';
import { expect, it } from 'vitest';
import { completeParams } from './logic-params.ts';

const NOW_MS = Date.parse('2026-01-02T03:04:05.678Z');
const param = (more: Partial<LogicParam> = {}): LogicParam => ({ type: 'string', nullable: false, ...more });

it('params that are not sent have their default, or are null where they may be', () => {
  const declared = {
    a: param({ default: { kind: 'literal', value: 'x' } }),
    at: param({ type: 'timestamp', default: { kind: 'now' } }),
    on: param({ type: 'date', default: { kind: 'now' } }),
    id: param({ type: 'uuid', default: { kind: 'uuid_v4' } }),
    none: param({ nullable: true }),
  };
  expect(completeParams(declared, null, NOW_MS)).toEqual({
    a: 'x',
    at: '2026-01-02T03:04:05.678Z',
    on: '2026-01-02',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    none: null,
  });
  expect(completeParams(declared, { a: null }, NOW_MS)).toMatchObject({ a: null });
});

it.each([
  [{}, 'Missing required params: a, b'],
  [{ a: 1 }, 'Missing required param: b'],
  [{ a: 1, b: 2, c: 3, 'd\n"': 4 }, 'Unknown params: c, d\\n\\"'],
  [{ a: 1, b: 2, toString: 3 }, 'Unknown param: toString'],
  ['a', 'params must be an object'],
])('%j is refused', (sent, message) => {
  expect(() => completeParams({ a: param(), b: param() }, sent, NOW_MS)).toThrow(message);
});

it('however many unknown names there are, the error stays short', () => {
  const sent = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`${'x'.repeat(100)}${n}`, n]));
  let message = '';
  try {
    completeParams({}, sent, NOW_MS);
  } catch (thrown) {
    message = String(thrown);
  }
  expect(message).toContain('Unknown params');
  expect(message.length).toBeLessThan(2_000);
});
