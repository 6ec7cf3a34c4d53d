import { expect, it } from 'vitest';
import { pollPlanOf } from './target-timing.ts';

const backoff = { minMs: 1, maxMs: 2 };

it.each([
  ['the defaults', 30_000, 3_600_000, { intervalMs: 30_000, waitSeconds: 25, inTimeMs: 61_000 }],
  ['a short interval', 1_000, 3_600_000, { intervalMs: 1_000, waitSeconds: 1, inTimeMs: 8_000 }],
  ['less than a second', 100, 3_600_000, { intervalMs: 100, waitSeconds: 0, inTimeMs: 6_100 }],
  ['a copy that expires before the interval', 30_000, 6_000, { intervalMs: 2_000, waitSeconds: 2, inTimeMs: 10_000 }],
])('with %s the Hub is asked often enough', (_, pollIntervalMs, maxStaleMs, plan) => {
  expect(pollPlanOf({ pollIntervalMs, maxStaleMs, hubTimeoutMs: 3_000, backoff })).toEqual(plan);
});
