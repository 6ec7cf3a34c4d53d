import { expect, it } from 'vitest';
import { rateOf } from './rate.ts';

it('a rate is counted in the unit that it was written in', () => {
  const cases = [
    [100, { most: 100, windowSeconds: 60 }],
    [600, { most: 600, windowSeconds: 60 }],
    [90 * (1 / 60), { most: 90, windowSeconds: 3_600 }],
    [1 / 60, { most: 1, windowSeconds: 3_600 }],
    [49 * (1 / 60), { most: 49, windowSeconds: 3_600 }],
  ] as const;
  for (const [perMinute, rate] of cases) expect(rateOf(perMinute)).toEqual(rate);
});
