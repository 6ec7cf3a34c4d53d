import { expect, it } from 'vitest';
import { Strangers } from './strangers.ts';

it('of many refusals those of one address are held back, and no other', () => {
  const strangers = new Strangers();
  const waits = Array.from({ length: 101 }, () => strangers.holdBackMs('192.0.2.1', 0));
  expect(waits).toEqual([...Array(100).fill(0), 1_000]);
  expect(strangers.holdBackMs('192.0.2.2', 0)).toBe(0);
  expect(strangers.holdBackMs('192.0.2.1', 1_000)).toBe(0);
});
