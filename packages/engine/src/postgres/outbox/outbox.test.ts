import { setTimeout } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../database.ts';
import type { OutboxEntry, OutboxRoute } from '../../outbox/outbox.ts';
import { connect } from '../connect.ts';
import { postgresOutbox as outbox } from './outbox.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 6 });
  const other = connect({ url: test.url, poolMax: 2 });
  await Promise.all([outbox.create(database), outbox.create(other), outbox.create(other)]);
  await other.close(1_000);
});
beforeEach(async () => {
  for (const table of ['outbox', 'deliveries', 'dead_letters', 'breakers'])
    await database.query(`truncate santokit.${table}`, []);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

const SCOPE = 'shop/dev';
const entry = (payload: OutboxEntry['payload'], change: Partial<OutboxEntry> = {}): OutboxEntry => ({
  scope: SCOPE,
  kind: 'event',
  topic: 'placed',
  payload,
  depth: 0,
  ...change,
});

async function relay(routes: Partial<OutboxRoute>[] = [{}], topics = ['placed']) {
  const { entries } = await outbox.relay(database, {
    scope: SCOPE,
    topics: topics.map((topic) => ({ kind: 'event', topic })),
    routes: routes.map((route) => ({ kind: 'event', topic: 'placed', subscription: 'ship', ...route })),
    most: 100,
  });
  return entries;
}

async function claim(change: { worker?: string; leaseMs?: number; subscriptions?: string[]; most?: number } = {}) {
  const options = { scope: SCOPE, subscriptions: ['ship', 'bill'], worker: 'w1', leaseMs: 10_000, most: 100 };
  return await outbox.claim(database, { ...options, ...change });
}

const end = (id: string, worker = 'w1') => ({ id, worker });
const complete = (ids: readonly string[], worker = 'w1') =>
  outbox.complete(database, { scope: SCOPE, worker, ids, subscriptions: ['ship'] });

it('hands an entry to each subscription once, in the order in which entries were written', async () => {
  const ids = await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 }), entry({ n: 3 }, { scope: 'shop/prod' })]);
  expect(await relay([{}, { subscription: 'bill' }])).toBe(2);
  expect(await relay([{}, { subscription: 'bill' }])).toBe(0);
  const taken = await claim();
  expect(taken.map(({ subscription, event }) => [subscription, event.id])).toEqual(
    expect.arrayContaining([
      ['ship', ids[0]],
      ['bill', ids[0]],
      ['ship', ids[1]],
      ['bill', ids[1]],
    ]),
  );
  expect(taken.filter(({ subscription }) => subscription === 'ship').map(({ event }) => event.payload)).toEqual([
    { n: 1 },
    { n: 2 },
  ]);
  expect(taken[0]?.event).toMatchObject({ topic: 'placed', depth: 0, publishedAt: expect.stringMatching(/Z$/) });
});

it('makes dead letters of what was long due to a subscription that is no more, and of nothing else', async () => {
  await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 }, { kind: 'object_delete' })]);
  await relay([{}, { subscription: 'bill' }]);
  await outbox.relay(database, {
    scope: SCOPE,
    topics: [{ kind: 'object_delete', topic: 'placed' }],
    routes: [{ kind: 'object_delete', topic: 'placed', subscription: 'bill' }],
    most: 100,
  });
  const stranded = { scope: SCOPE, kind: 'event', subscriptions: ['ship'], forMs: 60_000 } as const;
  expect(await outbox.buryStranded(database, stranded)).toBe(0);
  await database.query(`update santokit.deliveries set next_at = now() - interval '2 minutes'`, []);
  expect(await outbox.buryStranded(database, stranded)).toBe(1);
  expect(await outbox.deadLetters(database, { scope: SCOPE })).toMatchObject([
    { subscription: 'bill', payload: { n: 1 }, attempts: 0, lastError: expect.stringMatching(/had this subscription/) },
  ]);
  expect(await outbox.backlog(database, SCOPE)).toEqual(
    expect.arrayContaining([
      { name: 'ship', waiting: 1 },
      { name: 'bill', waiting: 1 },
    ]),
  );
});

it('gives a worker what it hands out, as far as it has room for it, and nothing that is kept in order', async () => {
  await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 }), entry({ n: 3 })]);
  const { entries, claimed } = await outbox.relay(database, {
    scope: SCOPE,
    topics: [{ kind: 'event', topic: 'placed' }],
    routes: [
      { kind: 'event', topic: 'placed', subscription: 'ship' },
      { kind: 'event', topic: 'placed', subscription: 'bill', orderBy: 'n' },
    ],
    most: 100,
    claim: { worker: 'w1', leaseMs: 10_000, subscriptions: ['ship', 'bill'], most: 2 },
  });
  expect([entries, claimed.map(({ subscription, event }) => [subscription, event.payload.n])]).toEqual([
    3,
    [
      ['ship', 1],
      ['ship', 2],
    ],
  ]);
  const left = await claim({ worker: 'w2' });
  expect(left.map(({ subscription, event }) => [subscription, event.payload.n])).toEqual(
    expect.arrayContaining([
      ['ship', 3],
      ['bill', 1],
      ['bill', 2],
      ['bill', 3],
    ]),
  );
  expect(left).toHaveLength(4);
});

it('ends deliveries exactly when the transaction that handles them is committed, and those of others never', async () => {
  await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 })]);
  await relay();
  const mine = await claim({ most: 1 });
  const others = await claim({ worker: 'w2' });
  const ids = [...mine, ...others].map(({ id }) => id);
  const done = { scope: SCOPE, worker: 'w1', ids, subscriptions: ['ship'] };
  const failing = database.transaction(async (transaction) => {
    expect([...(await outbox.completeWithin(transaction, done))]).toEqual(mine.map(({ id }) => id));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await outbox.backlog(database, SCOPE)).toEqual([{ name: 'ship', waiting: 2 }]);
  await database.transaction((transaction) => outbox.completeWithin(transaction, done));
  expect(await outbox.backlog(database, SCOPE)).toEqual([{ name: 'ship', waiting: 1 }]);
});

it('leaves entries of topics that this one does not know to whoever knows them', async () => {
  await outbox.write(database, [entry({}, { topic: 'unknown' })]);
  expect(await relay()).toBe(0);
  expect(await relay([], ['unknown'])).toBe(1);
});

it('hands out nothing of a transaction that is rolled back', async () => {
  const failing = database.transaction(async (transaction) => {
    await outbox.write(transaction, [entry({})]);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await relay()).toBe(0);
});

it('gives a delivery to one worker at a time, and to another when the lease is over', async () => {
  await outbox.write(database, [entry({ n: 1 })]);
  await relay();
  const both = await Promise.all([claim({ leaseMs: 200 }), claim({ worker: 'w2', leaseMs: 200 })]);
  expect(both.flat()).toHaveLength(1);
  const [first, second] = both[0].length === 1 ? ['w1', 'w2'] : ['w2', 'w1'];
  await outbox.renew(database, { worker: first, ids: both.flat().map(({ id }) => id), leaseMs: 500 });
  await setTimeout(250);
  expect(await claim({ worker: second })).toEqual([]);
  await setTimeout(300);
  const [taken] = await claim({ worker: second });
  // The first one comes back too late.
  await complete([taken?.id ?? ''], first);
  await outbox.retry(database, { ...end(taken?.id ?? '', first), error: 'late', delayMs: 0 });
  await complete([taken?.id ?? ''], second);
  expect(await outbox.backlog(database, SCOPE)).toEqual([]);
});

it('keeps deliveries of one key in order while those of others go on', async () => {
  const long = 'k'.repeat(5_000);
  await outbox.write(database, [entry({ k: 'a', n: 1 }), entry({ k: 'a', n: 2 }), entry({ k: long, n: 3 })]);
  await relay([{ orderBy: 'k' }]);
  const first = await claim();
  expect(first.map(({ event }) => event.payload.n)).toEqual([1, 3]);
  const [held] = first;
  await outbox.retry(database, { ...end(held?.id ?? ''), error: 'not yet', delayMs: 100 });
  expect(await claim()).toEqual([]);
  await setTimeout(120);
  const again = await claim();
  expect(again.map(({ event, attempts }) => [event.payload.n, attempts])).toEqual([[1, 1]]);
  await complete(again.map(({ id }) => id));
  expect((await claim()).map(({ event }) => event.payload.n)).toEqual([2]);
});

it('keeps what was given up, delivers it again when it is replayed, and throws it away when it is purged', async () => {
  const [eventId] = await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 })]);
  await relay();
  for (const { id } of await claim()) await outbox.bury(database, { ...end(id), error: 'It is broken', keep: true });
  const letters = await outbox.deadLetters(database, { scope: SCOPE });
  expect(letters).toHaveLength(2);
  expect(letters).toContainEqual(
    expect.objectContaining({ eventId, subscription: 'ship', topic: 'placed', attempts: 1, lastError: 'It is broken' }),
  );
  expect((await outbox.state(database, SCOPE)).deadLetters).toBe(2);
  expect(await outbox.deadLetters(database, { scope: 'shop/prod' })).toEqual([]);
  await database.query('delete from santokit.outbox', []);
  const letter = letters.find((each) => each.eventId === eventId);
  expect(await outbox.replay(database, { scope: SCOPE, ids: [letter?.id ?? ''] })).toBe(1);
  expect((await claim()).map(({ event, attempts }) => [event.id, event.payload, attempts])).toEqual([
    [eventId, { n: 1 }, 0],
  ]);
  expect(await outbox.purge(database, { scope: SCOPE, subscription: 'bill' })).toBe(0);
  expect(await outbox.purge(database, { scope: SCOPE, subscription: 'ship' })).toBe(1);
});

it('opens the breaker of a subscription after ten failures in a row, and closes it when something goes well', async () => {
  for (let failure = 1; failure < 10; failure++) expect(await outbox.countFailure(database, SCOPE, 'ship')).toBe(false);
  await complete([]);
  for (let failure = 1; failure < 10; failure++) expect(await outbox.countFailure(database, SCOPE, 'ship')).toBe(false);
  expect(await outbox.countFailure(database, SCOPE, 'ship')).toBe(true);
  expect(await outbox.breakers(database, SCOPE)).toEqual([
    { subscription: 'ship', failures: 10, openedAt: expect.stringMatching(/Z$/) },
  ]);
  expect(await outbox.probes(database, SCOPE)).toEqual([]);
  await database.query(`update santokit.breakers set probed_at = now() - interval '1 minute'`, []);
  const probes = await Promise.all([outbox.probes(database, SCOPE), outbox.probes(database, SCOPE)]);
  expect(probes.flat()).toEqual(['ship']);
  expect(await outbox.resetBreaker(database, SCOPE, 'ship')).toBe(true);
  expect(await outbox.resetBreaker(database, SCOPE, 'ship')).toBe(false);
});

it('prunes entries after the retention of their topic, but none that is still to be delivered', async () => {
  await outbox.write(database, [entry({ n: 1 }), entry({ n: 2 })]);
  await relay();
  const [first] = await claim();
  await complete([first?.id ?? '']);
  const left = async () => (await database.query('select count(*) from santokit.outbox', [])).rows[0]?.[0];
  const prune = (retentionSeconds: number) =>
    outbox.prune(database, { scope: SCOPE, topics: [{ topic: 'placed', retentionSeconds }] });
  await prune(60);
  expect(await left()).toBe('2');
  await prune(0);
  expect(await left()).toBe('1');
});

it('wakes listeners once for each transaction that wrote', async () => {
  let woken = 0;
  const stop = await outbox.listen(database, () => woken++);
  const before = woken;
  await database.transaction(async (transaction) => {
    await outbox.write(transaction, [entry({})]);
    await outbox.write(transaction, [entry({})]);
  });
  for (let waited = 0; woken === before && waited < 50; waited++) await setTimeout(20);
  await setTimeout(50);
  expect(woken - before).toBe(1);
  expect((await outbox.state(database, SCOPE)).lagSeconds).toBeGreaterThan(0);
  await stop();
});
