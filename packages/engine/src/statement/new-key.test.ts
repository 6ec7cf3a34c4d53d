import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newKey } from './new-key.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

const keys = (count: number, passMs: number) =>
  Array.from({ length: count }, () => {
    vi.advanceTimersByTime(passMs);
    return newKey('ulid');
  });

it('ULIDs ascend, also those of one millisecond', () => {
  const ids = [...keys(500, 0), ...keys(500, 1)];
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

it('ULIDs of different milliseconds share nothing but their time', () => {
  const ids = keys(1_000, 1);
  const randomParts = ids.map((id) => id.slice(10));
  expect(new Set(randomParts).size).toBe(ids.length);
  for (let at = 0; at < 16; at++) expect(new Set(randomParts.map((part) => part[at])).size).toBe(32);
});
