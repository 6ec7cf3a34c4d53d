import { expect, it } from 'vitest';
import { RefusalBudget } from './refusal-budget.ts';

const HOUR_MS = 60 * 60 * 1_000;
const refusal = { source: '192.0.2.1', signedIn: false, what: 'access.refuse UNAUTHORIZED' };
const started = (ms = 0) => {
  let now = new Date('2026-01-01T00:00:00Z').getTime() + ms;
  const budget = new RefusalBudget(() => new Date(now));
  return { budget, pass: (more: number) => (now += more) };
};
const taken = (budget: RefusalBudget, times: number, make: (index: number) => typeof refusal) =>
  Array.from({ length: times }, (_, index) => budget.take(make(index))).filter(Boolean).length;

it('alike refusals from one source get 100 entries in an hour, and the rest are counted', () => {
  const { budget, pass } = started();
  expect(taken(budget, 150, () => refusal)).toBe(100);
  expect(budget.drain()).toEqual({
    attempts: 50,
    since: new Date('2026-01-01T00:00:00Z'),
    what: { [refusal.what]: 50 },
    sources: { [refusal.source]: 50 },
  });
  expect(budget.drain()).toBeUndefined();
  pass(HOUR_MS);
  expect(budget.take(refusal)).toBe(true);
});

it('strangers get 1,000 together however many addresses they have, and what is counted of them is bounded too', () => {
  const { budget } = started();
  expect(taken(budget, 5_000, (index) => ({ ...refusal, source: `2001:db8::${index}` }))).toBe(1_000);
  const rest = budget.drain();
  expect(rest?.attempts).toBe(4_000);
  expect(Object.keys(rest?.sources ?? {})).toHaveLength(21);
  expect(rest?.sources.others).toBe(3_980);
});

it('a flood by strangers or by one operator hides nothing of another one', () => {
  const { budget } = started();
  taken(budget, 5_000, (index) => ({ ...refusal, source: `2001:db8::${index}` }));
  taken(budget, 5_000, (index) => ({ source: 'op_1', signedIn: true, what: `${index % 50}` }));
  expect(budget.take({ source: 'op_2', signedIn: true, what: 'apikey.create FORBIDDEN' })).toBe(true);
});

it('one address cannot use up what all strangers have', () => {
  const { budget } = started();
  taken(budget, 100_000, () => refusal);
  expect(budget.take({ ...refusal, source: '192.0.2.2' })).toBe(true);
});
