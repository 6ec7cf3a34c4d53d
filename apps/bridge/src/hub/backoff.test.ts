import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('pauses grow from the least to the most, and are never beyond them', () => {
  const at = (failures: number) => backoffMs({ minMs: 1_000, maxMs: 30_000, failures, random: () => 1 });
  expect([1, 2, 3, 4, 5, 6, 100].map(at)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, draw) => {
      const pauseMs = backoffMs({ minMs: 1_000, maxMs: 30_000, failures, random: () => draw });
      expect(pauseMs).toBeGreaterThanOrEqual(500);
      expect(pauseMs).toBeLessThanOrEqual(30_000);
    }),
  );
});
