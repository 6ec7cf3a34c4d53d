import { describe, expect, it } from 'vitest';
import { inTurn } from './in-turn.ts';

const STEP_MS = 2;
/** As many as fit into the time that steps are given together. */
const MOST_AT_ONCE = 3;

function step(): void {
  const endMs = performance.now() + STEP_MS;
  while (performance.now() < endMs);
}

describe('steps of long work', () => {
  it('let the event loop go round after some milliseconds, however many of them wait', async () => {
    const perTurn = [0];
    let isOver = false;
    const turn = () => {
      perTurn.push(0);
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const counted = () => {
      step();
      perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + 1;
    };
    await Promise.all(Array.from({ length: 30 }, () => inTurn(counted)));
    isOver = true;
    expect(perTurn.reduce((sum, count) => sum + count)).toBe(30);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(MOST_AT_ONCE);
  });

  it('are done in the order in which they were asked for, and one that fails keeps none from being done', async () => {
    const done: number[] = [];
    const asked = [1, 2, 3].map((number) =>
      inTurn(() => {
        done.push(number);
        if (number === 2) throw new Error('no');
        return number;
      }),
    );
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await inTurn(() => done.length)).toBe(3);
    expect(done).toEqual([1, 2, 3]);
  });
});
