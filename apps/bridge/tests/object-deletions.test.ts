import type { CompiledRelease } from '@santokit/contract';
import { connect, engineNamed } from '@santokit/engine';
import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import { Store } from '@santokit/storage/store';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TraceCollector } from '../../../tests/e2e/support/trace-collector.ts';
import { UNHURRIED } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const { outbox } = engineNamed('postgres');
const stage = new Stage();
const collector = new TraceCollector();
let objects: StrictStore;
let store: Store;
let sql: postgres.Sql;
let bridge: BridgeClient;
let ann: Record<string, string>;

const files = () => [
  {
    path: 'schema/people.yaml',
    content: `version: 1
tables:
  people:
    id: { generate: client }
    columns:
      owner: { type: string }
      avatar: { type: file, bucket: main, onDelete: cascade, nullable: true }
      papers: { type: file, bucket: main, onDelete: keep, nullable: true }
`,
  },
  {
    path: 'config/storage.yaml',
    content: `
buckets:
  main: { bucket: ${objects.bucket}, region: ${objects.region}, endpoint: "${objects.endpoint}", forcePathStyle: true }
policies:
  main:
    "avatars/{userId}/*":
      delete: [{ roles: [user], condition: path.userId == request.auth.sub }, { roles: [admin] }]
    "papers/**": { download: [{ roles: [user] }] }
`,
  },
];

function release(): CompiledRelease {
  const { model, problems } = readProject(files());
  const { storage, problems: more } = compileStorage(model.storage, model);
  if (storage === undefined || problems.length + more.length > 0)
    throw new Error(JSON.stringify([...problems, ...more]));
  const all = [{ roles: ['user', 'admin'] }];
  return {
    formatVersion: 1,
    connections: { main: { engine: 'postgres' } },
    schema: model.schema,
    permissions: { tables: { people: { select: all, insert: all, update: all, delete: all } } },
    auth: model.auth,
    limits: { rateLimits: UNHURRIED, ceilings: {} },
    storage,
  };
}

const credentials = (secretAccessKey: string, version: number) => [
  { bucket: 'main', accessKeyId: objects.credentials.accessKeyId, secretAccessKey, version },
];

beforeAll(async () => {
  [objects] = [await startStrictStore(), await stage.open(), await collector.start()];
  sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => undefined });
  await sql.unsafe('create table people (id text primary key, owner text not null, avatar text, papers text)');
  const compiled = release();
  const bucket = compiled.storage?.buckets.main;
  if (bucket === undefined) throw new Error('no bucket');
  store = new Store({ bucket, credentials: objects.credentials });
  const env = stage.env();
  const { connections } = env.connections;
  env.connections = { connections, storage: credentials(objects.credentials.secretAccessKey, 1) };
  stage.apply(compiled);
  const tracing = { url: `${collector.url}/v1/traces`, sampleRate: 1 };
  bridge = await (await stage.bridge({ jobsUrl: stage.databaseUrl, workers: true, tracing })).ready();
  ann = { authorization: `Bearer ${await stage.token()}` };
});
afterAll(async () => {
  store?.close();
  await sql?.end();
  await stage.close();
  await objects?.[Symbol.asyncDispose]();
  await collector.stop();
});

const keys = async () => (await store.objectsAfter(undefined)).map(({ key }) => key);
const isThere = async (key: string) => (await keys()).includes(key);

async function person(id: string, columns: Record<string, string>): Promise<void> {
  for (const key of Object.values(columns)) if (!(await isThere(key))) await store.put(key, id);
  await sql`insert into people ${sql({ id, owner: 'x', ...columns })}`;
}
const remove = (id: string, credential?: Record<string, string>) =>
  bridge.call('db/people/delete', { where: { id } }, credential);
async function inserted(data: Record<string, string>): Promise<void> {
  expect((await bridge.call('db/people/insert', { data }, ann)).status).toBe(200);
}
/** Everything that was to be deleted was tried. */
const settled = () =>
  until(async () => {
    const [row] = await sql`select (select count(*)::int from santokit.outbox where relayed_at is null)
      + (select count(*)::int from santokit.deliveries) as n`;
    return row?.n === 0;
  });

it('an object goes with the row that names it, in the background, and what is to be kept stays', async () => {
  await person('a', { avatar: 'avatars/ann/a.png', papers: 'papers/a.pdf' });
  expect(await remove('a', ann)).toMatchObject({ status: 200, body: { data: { affected: 1 } } });
  await until(async () => !(await isThere('avatars/ann/a.png')));
  await settled();
  expect(await isThere('papers/a.pdf')).toBe(true);
});

it('whoever writes another’s key into a row of their own cannot delete the object with it', async () => {
  await person('victim', { avatar: 'avatars/ben/b.png' });
  await inserted({ id: 'mine', owner: 'ann', avatar: 'avatars/ben/b.png' });
  expect((await remove('mine', ann)).status).toBe(200);
  await settled();
  expect(await isThere('avatars/ben/b.png')).toBe(true);
  expect(stage.log.join('')).toContain('An object was kept though its row was deleted');
});

it('nor can they have somebody delete it who may, while another row names it', async () => {
  await inserted({ id: 'trap', owner: 'ann', avatar: 'avatars/ben/b.png' });
  expect((await remove('trap')).status).toBe(200);
  await settled();
  expect(await isThere('avatars/ben/b.png')).toBe(true);
  expect((await remove('victim')).status).toBe(200);
  await until(async () => !(await isThere('avatars/ben/b.png')));
});

it.each(['papers/x.pdf', '../x', 'avatars//x', 'nowhere', '*', ''])(
  'a row with the key %j is deleted like any other',
  async (key) => {
    await sql`insert into people values ('odd', 'x', ${key}, null)`;
    expect((await remove('odd', ann)).status).toBe(200);
    await settled();
    expect((await sql`select 1 from santokit.dead_letters`).length).toBe(0);
  },
);

it.each(['../x', 'avatars//x', '/avatars/x', 'avatars/x\u0007', 'a'.repeat(1_025), ''])(
  'a row cannot come to name %j, which no object can be called',
  async (key) => {
    const inserting = await bridge.call('db/people/insert', { data: { id: 'w', owner: 'ann', avatar: key } }, ann);
    expect(inserting).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/^avatar must be/) } },
    });
    await inserted({ id: 'w', owner: 'ann', avatar: 'avatars/ann/w.png' });
    const change = { where: { id: 'w' }, data: { avatar: key } };
    expect((await bridge.call('db/people/update', change, ann)).status).toBe(400);
    expect((await bridge.call('db/people/select', { where: { avatar: key } }, ann)).status).toBe(200);
    expect((await remove('w', ann)).status).toBe(200);
  },
);

it('nothing is deleted where the row was not: a batch that fails takes its deletions back', async () => {
  await person('c', { avatar: 'avatars/ann/c.png' });
  const failing = await bridge.send('/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...ann },
    body: JSON.stringify({
      transaction: true,
      calls: [
        { path: 'db/people/delete', params: { where: { id: 'c' } } },
        { path: 'db/people/insert', params: { data: { id: 'victim2' } } },
      ],
    }),
  });
  expect(failing.status).toBeGreaterThanOrEqual(400);
  expect((await sql`select 1 from people where id = 'c'`).length).toBe(1);
  await settled();
  expect(await isThere('avatars/ann/c.png')).toBe(true);
});

it('while the store refuses, deletions are tried again, and the answer does not wait', async () => {
  const env = stage.env();
  const { connections } = env.connections;
  const failures = async () =>
    Number(/jobs_failed_total\{[^}]*object_delete[^}]*\} (\d+)/.exec((await bridge.send('/metrics')).body)?.[1] ?? 0);
  env.connections = { connections, storage: credentials('another secret', 2) };
  await until(async () => (await bridge.call('storage/main/delete', { key: 'avatars/ann/none' }, ann)).status === 503);
  const startedMs = performance.now();
  expect((await remove('c', ann)).status).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  await until(async () => (await failures()) > 0);
  expect(await isThere('avatars/ann/c.png')).toBe(true);
  env.connections = { connections, storage: credentials(objects.credentials.secretAccessKey, 3) };
  await until(async () => !(await isThere('avatars/ann/c.png')));
  await settled();
});

it('what cannot be deleted in the end lies with the dead letters, from where it is tried again', async () => {
  const env = stage.env();
  const { connections } = env.connections;
  await person('d', { avatar: 'avatars/ann/d.png' });
  env.connections = { connections, storage: credentials('another secret', 4) };
  await until(async () => (await bridge.call('storage/main/delete', { key: 'avatars/ann/none' }, ann)).status === 503);
  expect((await remove('d', ann)).status).toBe(200);
  await until(async () => (await sql`select from santokit.deliveries where attempts > 0`).length === 1);
  // As if half an hour of retries were over.
  await sql`update santokit.deliveries set attempts = 10, next_at = now()`;
  await until(async () => (await sql`select from santokit.dead_letters`).length === 1);
  expect(await sql`select kind, subscription, last_error from santokit.dead_letters`).toMatchObject([
    { kind: 'object_delete', subscription: 'storage/main', last_error: expect.stringMatching(/^SERVICE_UNAVAILABLE/) },
  ]);
  expect(await isThere('avatars/ann/d.png')).toBe(true);
  env.connections = { connections, storage: credentials(objects.credentials.secretAccessKey, 5) };
  await until(async () => (await bridge.call('storage/main/delete', { key: 'avatars/ann/none' }, ann)).status === 200);
  const database = connect({ url: stage.databaseUrl, poolMax: 1 });
  expect(await outbox.replay(database, { scope: 'shop/dev', subscription: 'storage/main' })).toBe(1);
  await database.close(1_000);
  await until(async () => !(await isThere('avatars/ann/d.png')));
  await settled();
});

it('the deletion of an object is part of the trace of the call that deleted its row, up to the store, and tells no key', async () => {
  const key = 'avatars/ann/planted-key.png';
  await person('traced', { avatar: key });
  const traceId = 'c'.repeat(32);
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  expect((await remove('traced', { ...ann, traceparent })).status).toBe(200);
  const spansOf = (name: string) => collector.spans.filter((span) => span.traceId === traceId && span.name === name);
  await until(() => spansOf('bridge.object_delete').length > 0 && spansOf('bridge.request').length > 0);
  const [deletion] = spansOf('bridge.object_delete');
  const [request] = spansOf('bridge.request');
  expect(deletion).toMatchObject({
    kind: 5,
    parentSpanId: request?.spanId,
    links: [{ spanId: request?.spanId }],
    attributes: { 'messaging.destination.name': 'storage/main' },
  });
  const [asked] = spansOf('bridge.store');
  expect(asked).toMatchObject({
    kind: 3,
    parentSpanId: deletion?.spanId,
    attributes: { 'rpc.method': 'DeleteObject' },
  });
  expect(objects.received.map((headers) => headers.traceparent)).toContain(`00-${traceId}-${asked?.spanId}-01`);
  expect(collector.texts.join('')).not.toContain('planted-key');
});
