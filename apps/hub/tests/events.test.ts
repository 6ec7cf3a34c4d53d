import { connect, type Database, engineNamed } from '@santokit/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const BASE = '/api/v1/projects/shop/envs/dev/events';
const { outbox } = engineNamed('postgres');
const FILES = {
  ...SHOP_FILES,
  'logics/note.sql': 'select 1 as n',
  'events/topics/seen.yaml': 'name: seen\nschema: { post: { type: string } }\nretention: 1d\n',
  'events/subscriptions/note.yaml': 'name: note\ntopic: seen\nhandler: logics/note\norderBy: post\n',
};
const SCOPE = 'shop/dev';

let hub: RunningHub;
let database: Database;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(FILES);
  database = connect({ url: hub.shopUrl, poolMax: 1 });
});
afterAll(async () => {
  await database?.close(1_000);
  await hub?.stop();
});

/** As a worker that fails each time. */
async function bury(count: number): Promise<void> {
  await outbox.create(database);
  const entry = { scope: SCOPE, kind: 'event', topic: 'seen', depth: 0 } as const;
  const posts = Array.from({ length: count }, (_, n) => ({ ...entry, payload: { post: `p${n}` } }));
  await outbox.write(database, posts);
  const seen = { kind: 'event', topic: 'seen' } as const;
  await outbox.relay(database, {
    scope: SCOPE,
    topics: [seen],
    routes: [{ ...seen, subscription: 'note' }],
    most: 100,
  });
  const claim = { scope: SCOPE, subscriptions: ['note'], worker: 'w', leaseMs: 1_000, most: 100 };
  for (const { id } of await outbox.claim(database, claim))
    await outbox.bury(database, { id, worker: 'w', error: 'CONFLICT: taken', keep: true });
}

it('topics are listed and shown before anything was published', async () => {
  const topic = { name: 'seen', retentionSeconds: 86_400, subscriptions: ['note'], triggers: 0 };
  expect((await hub.must(`GET ${BASE}/topics`)).json.data).toEqual({ items: [topic] });
  expect((await hub.must(`GET ${BASE}/topics/seen`)).json.data).toMatchObject({
    schema: { post: { type: 'string', nullable: false } },
    subscriptions: [{ name: 'note', handler: 'logics/note', orderBy: 'post', waiting: 0, breaker: 'closed' }],
  });
  expect((await hub.call(`GET ${BASE}/topics/none`)).status).toBe(404);
  expect((await hub.must(`GET ${BASE}/dlq`)).json.data).toEqual({ items: [] });
});

it('dead letters are listed, shown, delivered again and thrown away, each of it on record', async () => {
  await bury(3);
  const { items } = (await hub.must(`GET ${BASE}/dlq?subscription=note`)).json.data;
  expect(items).toHaveLength(3);
  expect(items[0]).toMatchObject({ topic: 'seen', subscription: 'note', attempts: 1, lastError: 'CONFLICT: taken' });
  expect(items[0].payload).toBeUndefined();
  const shown = (await hub.must(`GET ${BASE}/dlq/${items[0].id}`)).json.data;
  expect(shown.payload).toEqual({ post: expect.stringMatching(/^p/) });
  const replayed = await hub.must(`POST ${BASE}/dlq/replay`, { body: { ids: [items[0].id] } });
  expect(replayed.json.data).toEqual({ replayed: 1 });
  expect((await hub.must(`GET ${BASE}/topics/seen`)).json.data.subscriptions).toMatchObject([
    { waiting: 1, deadLetters: 2 },
  ]);
  expect((await hub.must(`POST ${BASE}/dlq/purge`, { body: { topic: 'seen' } })).json.data).toEqual({ purged: 2 });
  expect((await hub.call(`GET ${BASE}/dlq/${items[1].id}`)).status).toBe(404);
  expect((await hub.call(`POST ${BASE}/dlq/purge`, { body: {} })).status).toBe(400);
  const [entry] = (await hub.must('GET /api/v1/projects/shop/audit?action=events.purge')).json.data.items;
  expect(entry).toMatchObject({ env: 'dev', detail: { topic: 'seen' } });
  for (const verb of ['replay', 'purge'])
    expect((await hub.call(`POST ${BASE}/dlq/${verb}`, { body: { ids: ['none'] } })).status).toBe(404);
});

it('an open breaker is shown, and closed by hand', async () => {
  await outbox.create(database);
  for (let failure = 0; failure < 10; failure++) await outbox.countFailure(database, SCOPE, 'note');
  expect((await hub.must(`GET ${BASE}/topics/seen`)).json.data.subscriptions).toMatchObject([
    { breaker: 'open', failures: 10, breakerOpenedAt: expect.any(String) },
  ]);
  const reset = await hub.must(`POST ${BASE}/breakers/note/reset`);
  expect(reset.json.data).toEqual({ subscription: 'note', wasOpen: true });
  expect((await hub.must(`GET ${BASE}/topics/seen`)).json.data.subscriptions).toMatchObject([{ breaker: 'closed' }]);
  expect((await hub.call(`POST ${BASE}/breakers/none/reset`)).status).toBe(404);
});

it('what a viewer may see has no payloads, and nothing of it may be changed by one', async () => {
  const token = await hub.personalToken('viewer');
  expect((await hub.call(`GET ${BASE}/dlq`, { token })).status).toBe(200);
  expect((await hub.call(`GET ${BASE}/dlq/any`, { token })).status).toBe(403);
  expect((await hub.call(`POST ${BASE}/dlq/replay`, { token, body: { all: true } })).status).toBe(403);
});
