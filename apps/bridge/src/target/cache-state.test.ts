import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CacheFacts, cacheStateOf } from './cache-state.ts';
import { Freshness } from './freshness.ts';

const FACTS: CacheFacts = { isLoaded: true, ageMs: 0, isFailing: false, inTimeMs: 100, maxStaleMs: 1_000 };

describe('the state of a target', () => {
  it.each<[string, Partial<CacheFacts>]>([
    ['EMPTY', { isLoaded: false }],
    ['EMPTY', { isLoaded: false, ageMs: 2_000, isFailing: true }],
    ['FRESH', {}],
    ['FRESH', { ageMs: 100 }],
    ['STALE', { isFailing: true }],
    ['STALE', { ageMs: 101 }],
    ['STALE', { ageMs: 1_000, isFailing: true }],
    ['EXPIRED', { ageMs: 1_001, isFailing: true }],
    ['EXPIRED', { ageMs: 1_001 }],
    ['EXPIRED', { ageMs: Number.POSITIVE_INFINITY }],
  ])('is %s with %j', (state, facts) => {
    expect(cacheStateOf({ ...FACTS, ...facts })).toBe(state);
  });

  it('never serves beyond max stale, whatever else holds', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.nat(), fc.nat(), (isFailing, ageMs, inTimeMs, maxStaleMs) => {
        const state = cacheStateOf({ isLoaded: true, isFailing, ageMs, inTimeMs, maxStaleMs });
        expect(state === 'EXPIRED').toBe(ageMs > maxStaleMs);
      }),
    );
  });
});

describe('freshness', () => {
  it('is none at first, counts from the last success, and forgets failures then', () => {
    const freshness = new Freshness();
    expect(freshness.ageMs(5)).toBe(Number.POSITIVE_INFINITY);
    freshness.renewed(10);
    freshness.failed();
    expect([freshness.ageMs(25), freshness.isFailing]).toEqual([15, true]);
    freshness.renewed(30);
    expect([freshness.ageMs(30), freshness.isFailing]).toEqual([0, false]);
  });
});
