import { afterEach, describe, expect, it, vi } from 'vitest';
import { type FunctionSeat, FunctionSeats } from './function-seats.ts';

const workers = [{ name: 'one' }, { name: 'two' }];
const request = (key: string, isUrgent = false) => ({ key, isUrgent });

afterEach(() => vi.useRealTimers());

describe('seats for calls', () => {
  it('are spread over the processes, and one function is given half of them', () => {
    const seats = new FunctionSeats(2, () => workers);
    const taken = [1, 2, 3].map(() => seats.take(request('a'))?.worker.name);
    expect(taken.toSorted()).toEqual(['one', 'one', 'two']);
    expect(seats.take(request('a'))).toBeUndefined();
    expect([1, 2, 3].map(() => seats.take(request('b')) !== undefined)).toEqual([true, true, true]);
    expect(seats.take(request('c'))).toBeUndefined();
  });

  it('are free for others while a call waits for what it asked for, until a process holds as many as it may', () => {
    const seats = new FunctionSeats(1, () => workers.slice(0, 1));
    const held: FunctionSeat<object>[] = [];
    for (;;) {
      const seat = seats.take(request('a'));
      if (seat === undefined) break;
      held.push(seat);
      seat.waits(true);
    }
    expect(held).toHaveLength(24);
    expect(seats.take(request('b', true))).toBeDefined();
    held[0]?.leave();
    expect(seats.take(request('b'))).toBeUndefined();
    held[1]?.leave();
    expect(seats.take(request('b'))).toBeDefined();
  });

  it('are given in turns to the functions that wait', async () => {
    const seats = new FunctionSeats(1, () => workers.slice(0, 1));
    const first = ['x', 'y', 'z'].map((key) => seats.take(request(key)));
    const order: string[] = [];
    const waiting = ['a', 'a', 'a', 'b'].map((key) =>
      seats.wait(request(key)).then((seat) => {
        order.push(key);
        seat.leave();
      }),
    );
    first[0]?.leave();
    first[0]?.waits(false);
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'a', 'a']);
  });

  it('are not waited for by those who left, nor for ever', async () => {
    vi.useFakeTimers();
    const seats = new FunctionSeats(1, () => workers.slice(0, 1));
    for (const key of ['x', 'y', 'z']) seats.take(request(key));
    const leaving = new AbortController();
    const left = seats.wait({ ...request('a'), signal: leaving.signal as never });
    const late = seats.wait(request('a'));
    const refused = Promise.all([
      expect(left).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: 'The caller went away' }),
      expect(late).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        message: 'Too many functions are called at once',
      }),
    ]);
    leaving.abort();
    await vi.advanceTimersByTimeAsync(30_000);
    await refused;
  });
});
