import { expect, it } from 'vitest';
import { inspectJson } from './inspect-json.ts';

it('a value of a million small lists is looked at while the event loop goes round', async () => {
  const document = { data: { any: Array.from({ length: 1_000_000 }, () => []) } };
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  expect(await inspectJson(document)).toBe(document);
  isOver = true;
  // A step may be faster than a turn is long.
  expect(turns).toBeGreaterThan(5);
});
