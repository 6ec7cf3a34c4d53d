import { expect, it } from 'vitest';
import { traceIdOf } from './trace-id.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

it('a request is part of the trace that its caller names, also in versions to come', () => {
  expect(traceIdOf(`00-${ID}-00f067aa0ba902b7-01`)).toBe(ID);
  expect(traceIdOf(`01-${ID}-00f067aa0ba902b7-01-more`)).toBe(ID);
});

it.each([
  undefined,
  '',
  ID,
  `ff-${ID}-00f067aa0ba902b7-01`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${ID}-${'0'.repeat(16)}-01`,
  `00-${ID.toUpperCase()}-00f067aa0ba902b7-01`,
  `00-${ID}-00f067aa0ba902b7-01x`,
])('%s names no trace', (traceparent) => {
  expect(traceIdOf(traceparent)).toBeUndefined();
});
