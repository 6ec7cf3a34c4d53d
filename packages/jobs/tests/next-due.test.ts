import { nextDues } from '@santokit/project';
import { getNextMillis } from 'bullmq';
import fc from 'fast-check';
import { expect, it } from 'vitest';

function field(least: number, most: number): fc.Arbitrary<string> {
  const value = fc.integer({ min: least, max: most });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: most });
  const item = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([within, by]) => `${within}/${by}`),
    step.map((by) => `*/${by}`),
  );
  const items = fc.array(item, { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
  return fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 3, arbitrary: items });
}

const schedule = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
  .map((fields) => fields.join(' '));
const start = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });

/** The other reader refuses lists that name a value twice. */
function isReadByBoth(pattern: string): boolean {
  try {
    return getNextMillis(0, { pattern, tz: 'UTC' }) !== undefined;
  } catch {
    return false;
  }
}

it('says of every expression the same next 20 times as the reader that bullmq brings with it', () => {
  fc.assert(
    fc.property(schedule, start, (pattern, startMs) => {
      fc.pre(isReadByBoth(pattern));
      const dues = nextDues({ schedule: pattern }, startMs, 20);
      let atMs = startMs;
      for (const due of dues) {
        atMs = getNextMillis(atMs, { pattern, tz: 'UTC' }) ?? Number.NaN;
        expect([pattern, new Date(due).toISOString()]).toEqual([pattern, new Date(atMs).toISOString()]);
      }
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['5,5,5 * * * *', '5 * * * *'],
  ['0 9-17,12 * * *', '0 9-17 * * *'],
  ['0 0 * * 0,7,sun', '0 0 * * 0'],
])('takes what a list names twice for once: %s', (twice, once) => {
  expect(nextDues({ schedule: twice }, 0, 50)).toEqual(nextDues({ schedule: once }, 0, 50));
});

it('is due every so often from midnight UTC', () => {
  const dues = nextDues({ everySeconds: 21_600 }, Date.UTC(2026, 0, 1, 5, 59, 59, 999), 3);
  expect(dues.map((due) => new Date(due).toISOString())).toEqual([
    '2026-01-01T06:00:00.000Z',
    '2026-01-01T12:00:00.000Z',
    '2026-01-01T18:00:00.000Z',
  ]);
});
