import { expect, it } from 'vitest';
import { Refusals } from './refusals.ts';

it('few refusals are answered at once, and of many those beyond a hundred a second a second later', () => {
  const refusals = new Refusals();
  const waits = Array.from({ length: 150 }, (_, n) => refusals.holdBackMs(n));
  expect(waits).toEqual([...Array(100).fill(0), ...Array(50).fill(1_000)]);
  expect(refusals.holdBackMs(999)).toBe(1_000);
  expect(refusals.holdBackMs(1_000)).toBe(0);
});
