import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

const stage = new Stage();
let sql: postgres.Sql;
let bridge: BridgeClient;

const { model } = readProject([
  {
    path: 'schema/people.yaml',
    content:
      'version: 1\ntables:\n  people:\n    columns:\n      avatar: { type: file, bucket: main, onDelete: cascade, nullable: true }\n',
  },
  { path: 'config/storage.yaml', content: 'buckets:\n  main: { bucket: assets, region: eu-central-1 }\n' },
]);

beforeAll(async () => {
  await stage.open();
  sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => undefined });
  await sql.unsafe(`create table people (id text primary key, avatar text);
    insert into people select n::text, 'k/' || n from generate_series(1, 63) n`);
  const { storage } = compileStorage(model.storage, model);
  if (storage === undefined) throw new Error('no storage');
  const people = { select: [{ roles: ['admin'] }], delete: [{ roles: ['admin'] }] };
  stage.apply({ ...shopRelease(), schema: model.schema, permissions: { tables: { people } }, storage });
  bridge = await (await stage.bridge()).ready();
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

const keys = async () =>
  (await sql`select payload->>'key' as key from santokit.outbox order by key`).map((row) => row.key);
const forget = () => sql.unsafe('drop schema santokit cascade');

it('a Bridge that runs no jobs makes what it writes to, and leaves the objects to those that do', async () => {
  expect((await bridge.call('db/people/delete', { where: { id: '1' } })).body).toEqual({ data: { affected: 1 } });
  expect(await keys()).toEqual(['k/1']);
});

it.each([
  [
    'in a transaction',
    '/batch',
    { transaction: true, calls: [{ path: 'db/people/delete', params: { where: { id: '2' } } }] },
    {},
    'k/2',
  ],
  ['with an idempotency key', '/call/db/people/delete', { where: { id: '3' } }, { 'idempotency-key': 'once' }, 'k/3'],
])('also where the first such delete comes %s', async (_, path, body, more, key) => {
  await forget();
  const fresh = await (await stage.bridge()).ready();
  const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stage.admin.key, ...more };
  const { status, body: answer } = await fresh.send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect([status, answer]).toEqual([200, expect.anything()]);
  expect(await keys()).toEqual([key]);
});

it('also where many come at once, to several Bridges', async () => {
  await forget();
  const bridges = await Promise.all([stage.bridge(), stage.bridge(), stage.bridge()]);
  const fresh = await Promise.all(bridges.map((each) => each.ready()));
  const wanted = Array.from({ length: 60 }, (_, n) => String(n + 4));
  const answers = await Promise.all(
    wanted.map((id, n) => fresh[n % fresh.length]?.call('db/people/delete', { where: { id } })),
  );
  expect(answers.map((answer) => answer?.status)).toEqual(wanted.map(() => 200));
  expect(await keys()).toEqual(wanted.map((id) => `k/${id}`).toSorted());
});
