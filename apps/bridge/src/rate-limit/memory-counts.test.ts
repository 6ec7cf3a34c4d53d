import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryCounts } from './memory-counts.ts';

const MINUTE = { most: 3, windowMs: 60_000 };
const one = (id: string) => ({ ...MINUTE, id, calls: 1 });

describe('counts in memory', () => {
  it('allow what a window may hold, and all of it again in the next', () => {
    const counts = new MemoryCounts();
    const at = (nowMs: number) => counts.add(one('ann'), nowMs);
    expect([0, 10, 59_000, 59_999].map((nowMs) => at(nowMs).isWithin)).toEqual([true, true, true, false]);
    expect(at(59_999)).toEqual({ isWithin: false, used: 3, endsInMs: 1 });
    expect(at(60_000)).toEqual({ isWithin: true, used: 1, endsInMs: 60_000 });
  });

  it('keep callers apart', () => {
    const counts = new MemoryCounts();
    for (let n = 0; n < 9; n++) counts.add(one('ann'), n);
    expect(counts.add(one('ben'), 10)).toEqual({ isWithin: true, used: 1, endsInMs: 60_000 });
  });

  it('count calls together or not at all', () => {
    const counts = new MemoryCounts();
    expect(counts.add({ ...MINUTE, id: 'ann', calls: 2 }, 0).used).toBe(2);
    expect(counts.add({ ...MINUTE, id: 'ann', calls: 2 }, 1)).toMatchObject({ isWithin: false, used: 2 });
    expect(counts.add(one('ann'), 2)).toMatchObject({ isWithin: true, used: 3 });
  });

  it('expire: callers who are gone are forgotten', () => {
    const counts = new MemoryCounts();
    for (let n = 0; n < 1_000; n++) counts.add(one(`user-${n}`), 0);
    for (let minute = 1; minute <= 3; minute++) counts.add(one('ann'), minute * 60_000);
    expect(counts.size).toBe(1);
  });

  it('are bounded, however many callers there are', () => {
    const counts = new MemoryCounts(100);
    for (let n = 0; n < 10_000; n++) counts.add(one(`user-${n}`), 0);
    expect(counts.size).toBeLessThanOrEqual(200);
  });

  it('never allow more than the limit within a window, whoever else calls and however windows differ', () => {
    const call = fc.record({ id: fc.constantFrom('a', 'b', 'c'), pauseMs: fc.nat(90), isLong: fc.boolean() });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
        const counts = new MemoryCounts();
        const windows = new Map<string, { startMs: number; used: number }>();
        let nowMs = 0;
        for (const { id, pauseMs, isLong } of calls) {
          nowMs += pauseMs;
          const key = `${id}${isLong}`;
          const windowMs = isLong ? 600 : 100;
          let window = windows.get(key);
          if (window === undefined || nowMs >= window.startMs + windowMs) window = { startMs: nowMs, used: 0 };
          windows.set(key, window);
          const { isWithin } = counts.add({ id: key, calls: 1, most: 3, windowMs }, nowMs);
          expect(isWithin).toBe(window.used < 3);
          if (isWithin) window.used++;
        }
      }),
    );
  });
});
