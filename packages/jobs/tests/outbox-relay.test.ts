import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { connect, type Database, engineNamed, type Outbox } from '@santokit/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventWorker } from '../src/index.ts';
import { until } from './support/until.ts';

const SCOPE = 'shop/dev';
const { outbox } = engineNamed('postgres');
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 4 });
  await outbox.create(database);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

it('a worker whose turn it is not to hand out looks again now and then, not for each event that is published', async () => {
  let looks = 0;
  const counted: Outbox = {
    ...outbox,
    relay: (...request) => {
      looks++;
      return outbox.relay(...request);
    },
  };
  const handled = new Set<string>();
  const retry = { maxRetries: 0, minBackoffMs: 1, maxBackoffMs: 1 };
  const worker = new EventWorker({
    database,
    outbox: counted,
    scope: SCOPE,
    events: () => ({
      topics: { placed: { schema: {}, retentionSeconds: 60 } },
      subscriptions: { ship: { topic: 'placed', handler: 'ship', retry, deadLetter: false } },
      triggers: [],
    }),
    handle: async ({ id }) => {
      handled.add(id);
    },
    onEnd: () => {},
    onProblem: () => {},
    onState: () => {},
    concurrency: 10,
  });
  worker.start();
  const entry = { scope: SCOPE, kind: 'event', topic: 'placed', payload: {}, depth: 0 } as const;
  const [first = ''] = await outbox.write(database, [entry]);
  await until(async () => handled.has(first));

  const ids: string[] = [];
  let heldMs = 0;
  await database.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock(1836281971, hashtext($1))`, [SCOPE]);
    const startedMs = performance.now();
    looks = 0;
    for (let index = 0; index < 200; index++) {
      ids.push(...(await outbox.write(database, [entry])));
      await sleep(1);
    }
    heldMs = performance.now() - startedMs;
    expect(handled.size).toBe(1);
  });
  expect(looks).toBeLessThanOrEqual(heldMs / 20 + 2);
  await until(async () => ids.every((id) => handled.has(id)));
  await worker.stop(1_000);
});
