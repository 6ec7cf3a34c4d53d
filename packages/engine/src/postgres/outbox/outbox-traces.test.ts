import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../../database.ts';
import { connect } from '../connect.ts';
import { postgresOutbox as outbox } from './outbox.ts';

const SCOPE = 'shop/dev';
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
let test: TestDatabase;
let database: Database;
/** Its own pool: what one has learned another has not. */
let other: Database;
beforeEach(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2 });
  other = connect({ url: test.url, poolMax: 2 });
});
afterEach(async () => {
  await Promise.all([database.close(1_000), other.close(1_000)]);
  await test.drop();
});

/** As before there were traces. */
async function makeOldTables(): Promise<void> {
  await outbox.create(database);
  await database.query('alter table santokit.outbox drop column traceparent', []);
}
const write = (traceparent?: string) =>
  outbox.write(database, [{ scope: SCOPE, kind: 'event', topic: 't', payload: {}, depth: 0, traceparent }]);
/** What is told to who is handed an entry at once, and to who takes it later. */
async function told(withTraces: boolean): Promise<(string | undefined)[]> {
  const common = { worker: 'w', leaseMs: 10_000, most: 1 };
  const { claimed } = await outbox.relay(database, {
    scope: SCOPE,
    topics: [{ kind: 'event', topic: 't' }],
    routes: ['a', 'b'].map((subscription) => ({ kind: 'event', topic: 't', subscription })),
    most: 10,
    claim: { ...common, subscriptions: ['a'] },
    withTraces,
  });
  const later = await outbox.claim(database, { ...common, scope: SCOPE, subscriptions: ['b'], withTraces });
  return [...claimed, ...later].map(({ traceparent }) => traceparent);
}

it('an entry names the trace of what wrote it, to those who ask', async () => {
  await outbox.create(database);
  expect(await outbox.keepsTraces(database)).toBe(true);
  expect(outbox.keepsTraces(database)).toBe(true);
  await write(TRACEPARENT);
  expect(await told(true)).toEqual([TRACEPARENT, TRACEPARENT]);
  await write(TRACEPARENT);
  expect(await told(false)).toEqual([undefined, undefined]);
  await write();
  expect(await told(true)).toEqual([undefined, undefined]);
});

it('tables of before are given a place for it, though several ask at once', async () => {
  await makeOldTables();
  await write();
  expect(await Promise.all([database, other, other].map((each) => outbox.keepsTraces(each)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(await told(true)).toEqual([undefined, undefined]);
  await write(TRACEPARENT);
  expect(await told(true)).toEqual([TRACEPARENT, TRACEPARENT]);
});

it('tables that are in use go on without it, and nobody waits long', async () => {
  await makeOldTables();
  await other.transaction(async (transaction) => {
    await transaction.query('select 1 from santokit.outbox', []);
    const startedMs = performance.now();
    expect(await outbox.keepsTraces(database)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
  await write();
  expect(await told(true)).toEqual([undefined, undefined]);
});

it('what is known is looked at again after a minute, and holds meanwhile', async () => {
  await outbox.create(database);
  expect(await outbox.keepsTraces(database)).toBe(true);
  const now = performance.now();
  const clock = vi.spyOn(performance, 'now');
  try {
    await database.query('alter table santokit.outbox rename column traceparent to another', []);
    clock.mockReturnValue(now + 61_000);
    expect(outbox.keepsTraces(database)).toBe(true);
    await vi.waitFor(async () => {
      const { rows } = await database.query(
        `select 1 from information_schema.columns where column_name = 'traceparent'`,
        [],
      );
      expect(rows).toHaveLength(1);
    });
    expect(outbox.keepsTraces(database)).toBe(true);
  } finally {
    clock.mockRestore();
  }
});

it('where there are no tables yet nothing is concluded', async () => {
  expect(await outbox.keepsTraces(database)).toBe(false);
  await outbox.create(database);
  expect(await outbox.keepsTraces(database)).toBe(true);
});
