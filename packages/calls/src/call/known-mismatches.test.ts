import { expect, it } from 'vitest';
import { KnownMismatches } from './known-mismatches.ts';

it('a mismatch is news for a few seconds after it was first met under a release, and each by itself', () => {
  const known = new KnownMismatches();
  const [older, newer] = [{}, {}];
  expect(known.isNews(older, 'a', 0)).toBe(true);
  expect(known.isNews(older, 'a', 4_999)).toBe(true);
  expect(known.isNews(older, 'a', 5_000)).toBe(false);
  expect(known.isNews(older, 'a', 60_000)).toBe(false);
  expect(known.isNews(older, 'b', 60_000)).toBe(true);
  expect(known.isNews(newer, 'a', 60_000)).toBe(true);
});

it('no more of them are kept than some hundreds, whatever is made up', () => {
  const known = new KnownMismatches();
  const release = {};
  known.isNews(release, 'first', 0);
  for (let n = 0; n < 200; n++) known.isNews(release, `made up ${n}`, 0);
  expect(known.isNews(release, 'first', 60_000)).toBe(true);
  expect(known.isNews(release, 'made up 199', 60_000)).toBe(false);
});
