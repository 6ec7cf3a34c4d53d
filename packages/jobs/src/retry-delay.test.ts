import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

const BACKOFF = { minMs: 1_000, maxMs: 60_000 };

it('doubles from the least to the most', () => {
  const delays = [1, 2, 3, 6, 7, 1_000].map((attempt) => retryDelayMs(BACKOFF, attempt, 0));
  expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
});

it('takes off up to a fifth by chance', () => {
  expect(retryDelayMs(BACKOFF, 1, 0.5)).toBe(900);
  expect(retryDelayMs(BACKOFF, 1, 0.999_999)).toBe(800);
});
