import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

const SCHEMA = `version: 1
tables:
  posts:
    columns: { author_id: { type: string }, likes: { type: int } }
  totals:
    view: true
    columns: { author_id: { type: string }, likes: { type: bigint } }
  unfilled:
    view: true
    columns: { author_id: { type: string } }
`;
const files = (permissions: string, more: Readonly<Record<string, string>> = {}) => ({
  'schema/shop.yaml': SCHEMA,
  'config/permissions.yaml': `version: 1\ntables:\n${permissions}`,
  ...more,
});
const OWN = `  totals:
    select: { roles: [authenticated], condition: resource.author_id == request.auth.sub, columns: [likes] }
`;
const ALL = `  totals: { select: { roles: [authenticated] } }
  unfilled: { select: { roles: [authenticated] } }
`;

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  const posts = SCHEMA.slice(0, SCHEMA.indexOf('  totals'));
  await hub.apply({ 'schema/shop.yaml': posts });
  await hub.shop.unsafe(`
    insert into posts (id, author_id, likes) values ('p1', 'u1', 1), ('p2', 'u1', 2), ('p3', 'u2', 5);
    create view totals as select author_id, sum(likes) as likes from posts group by author_id;
    create materialized view unfilled as select author_id from posts with no data`);
  await hub.apply(files(OWN));
});
afterAll(() => hub.stop());

const ask = async (route: string, body: object, asked: Readonly<Record<string, string>>) => {
  const listed = Object.entries(asked).map(([path, content]) => ({ path, content }));
  const path = `POST /api/v1/projects/shop/envs/dev/${route}`;
  return (await hub.must(path, { body: { ...body, files: listed } })).json.data;
};
const ANN = { type: 'user', sub: 'u1', roles: [] };

it('the impact of rules is counted in a view, and one that cannot be read is told', async () => {
  const { impact } = await ask('permissions/impact', {}, files(ALL));
  expect(impact).toMatchObject([
    // Of each caller's own row every one was seen before; each gains those of others.
    { table: 'totals', operation: 'select', rows: { before: 2, after: 2, opened: 2, closed: 0 } },
    {
      table: 'unfilled',
      operation: 'select',
      rows: null,
      uncounted: 'it is a materialized view that was never filled',
    },
  ]);
});

it('a call of a view is explained, and a write refused with the reason', async () => {
  const read = await ask('permissions/explain', { path: 'db/totals/select', as: ANN }, files(OWN));
  expect(read).toMatchObject({
    decision: 'allow',
    columns: ['likes'],
    sql: expect.stringContaining('from "public"."totals"'),
  });
  const write = await ask('permissions/explain', { path: 'db/totals/delete', as: ANN }, files(OWN));
  expect(write).toMatchObject({ decision: 'deny', reason: 'totals is a view, whose rows are only read' });
});

it('permission tests know that a view is only read', async () => {
  const fixtures = `
- { name: own, as: { sub: u1 }, call: db/totals/select, row: { author_id: u1, likes: "3" }, expect: { columns: [likes] } }
- { name: other, as: { sub: u1 }, call: db/totals/count, row: { author_id: u2, likes: "3" }, expect: deny }
- { name: write, as: { sub: u1 }, call: db/totals/upsert, data: { likes: "3" }, expect: deny }
`;
  const asked = files(OWN, { 'tests/permissions/totals.yaml': fixtures });
  expect(await ask('permissions/test', {}, asked)).toEqual({ passed: 3, failed: [] });
});

it('a column that a view is made of stops the apply before anything is done', async () => {
  const without = files(OWN);
  const fewer = SCHEMA.replace(', likes: { type: int }', '');
  const { json } = await hub.call('POST /api/v1/projects/shop/envs/dev/schema/plan', {
    body: { files: [{ path: 'schema/shop.yaml', content: fewer }] },
  });
  expect(json.data.plan).toMatchObject([
    {
      class: 'unsupported',
      what: 'drop column likes: view totals reads it',
      advice: expect.stringMatching(/^schema\/shop\.yaml:3:3: /),
    },
  ]);
  expect((await ask('schema/drift', {}, without)).drift).toEqual([]);
});

it('verifying the schema leaves the views out', async () => {
  expect(await ask('schema/verify', {}, files(OWN))).toEqual({
    drift: [],
    skipped: [
      { table: 'totals', reason: 'it is a view, whose SQL is in the database alone' },
      { table: 'unfilled', reason: 'it is a view, whose SQL is in the database alone' },
    ],
  });
});
