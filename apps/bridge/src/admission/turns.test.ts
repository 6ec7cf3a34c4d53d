import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

const here = () => ({ aborted: false });

it('as many as may be at work begin at once, without a promise', () => {
  const turns = new Turns(2);
  expect([turns.begin(here()), turns.begin(here())]).toEqual([undefined, undefined]);
  expect(turns.begin(here())).toBeInstanceOf(Promise);
});

it('the others begin in the order in which they came, one for each that ends', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  for (let n = 0; n < 1_000; n++)
    void Promise.resolve(turns.begin(here())).then(() => {
      begun.push(n);
    });
  await sleep(0);
  expect(begun).toEqual([0, 1]);
  for (let ended = 0; ended < 500; ended++) turns.end();
  await sleep(0);
  expect(begun).toEqual(Array.from({ length: 502 }, (_, n) => n));
  for (let ended = 0; ended < 500; ended++) turns.end();
  expect([turns.begin(here()), turns.begin(here())]).toEqual([undefined, undefined]);
});

it('who has gone away takes no turn from who is there', async () => {
  const turns = new Turns(1);
  turns.begin(here());
  const gone = { aborted: false };
  const waits = [turns.begin(gone), turns.begin(here())];
  gone.aborted = true;
  turns.end();
  await expect(waits[0]).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await waits[1];
});

it('who waits for too long is told to come back, though nothing ends', async () => {
  const turns = new Turns(1, 20);
  turns.begin(here());
  await expect(turns.begin(here())).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await expect(turns.begin(here())).rejects.toMatchObject({ message: 'Too many requests are waiting' });
  turns.end();
  expect(turns.begin(here())).toBeUndefined();
});
