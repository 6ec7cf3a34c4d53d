import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

const FILES = {
  'schema/shop.yaml': `version: 1
tables:
  users: { columns: { name: { type: string } } }
  posts:
    columns:
      title: { type: string }
      author_id: { type: string, references: { table: users, as: author } }
      status: { type: string, default: draft }
      slug: { type: string, unique: true }
      secret: { type: string, nullable: true }
    indexes: [{ columns: [author_id] }]
`,
  'config/permissions.yaml': `version: 1
tables:
  users:
    select: { roles: [authenticated], condition: 'request.auth.type == "user" && request.env == "prod"' }
  posts:
    select:
      - roles: [admin]
      - roles: [authenticated]
        condition: resource.author_id == request.auth.sub || resource.status == "published"
        columns: [id, title, status, author_id]
    insert:
      - roles: [authenticated]
        columns: [title, slug, status]
        set: { author_id: request.auth.sub }
        check: resource.status == "draft"
      - { roles: [blind], columns: [status] }
    update:
      - { roles: [authenticated], condition: resource.author_id == request.auth.sub, columns: [title] }
    delete: { roles: [admin] }
`,
};
const ANN = { type: 'user', sub: 'u1', roles: [] };
const ADMIN = { type: 'api_key', sub: null, roles: ['admin'] };
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

const EXPLAIN = 'POST /api/v1/projects/shop/envs/dev/permissions/explain';
const files = Object.entries(FILES).map(([path, content]) => ({ path, content }));
const ask = (path: string, as: unknown, more: Readonly<Record<string, unknown>> = { files }) =>
  hub.call(EXPLAIN, { body: { path, as, ...more } });
const explain = async (...params: Parameters<typeof ask>) => (await ask(...params)).json.data;

it('shows the rule, its columns, what is left of its condition, and the SQL, to a viewer', async () => {
  const token = await hub.personalToken('viewer');
  const { json } = await hub.call(EXPLAIN, { token, body: { path: 'db/posts/select', as: ANN, files } });
  expect(json.data).toEqual({
    rule: {
      table: 'posts',
      operation: 'select',
      index: 1,
      roles: ['authenticated'],
      condition: 'resource.author_id == request.auth.sub || resource.status == "published"',
      columns: ['author_id', 'id', 'status', 'title'],
      at: { file: 'config/permissions.yaml', line: 8, column: 9 },
    },
    columns: ['id', 'title', 'author_id', 'status'],
    predicate: 'resource.author_id == "u1" || resource.status == "published"',
    check: null,
    sql: expect.stringMatching(/^select .*"author_id" = \$\d::text.* or .*"status" = \$\d::text/),
    decision: 'allow',
    reason: 'rows that meet the predicate are within reach',
  });
});

describe.each(['insert', 'update', 'upsert', 'select', 'count', 'aggregate', 'delete'])('a plain %s', (operation) => {
  it('has SQL that the database would take', async () => {
    await hub.apply(FILES);
    for (const as of [ANN, ADMIN]) {
      const { sql, decision } = await explain(`db/posts/${operation}`, as);
      expect(sql !== null).toBe(decision === 'allow');
      if (sql !== null)
        await hub.shop.unsafe(`prepare plain as ${sql}`).then(() => hub.shop.unsafe('deallocate plain'));
    }
  });
});

it('shows what an update must leave behind, and what an insert may send', async () => {
  const update = await explain('db/posts/update', ANN);
  expect(update).toMatchObject({
    columns: ['title'],
    predicate: 'resource.author_id == "u1"',
    check: 'resource.author_id == "u1"',
  });
  expect(await explain('db/posts/insert', ANN)).toMatchObject({
    columns: ['title', 'status', 'slug'],
    predicate: null,
    check: 'resource.status == "draft"',
    reason: 'every row is within reach; written rows must meet the check',
  });
});

it.each([
  ['a role without a rule', 'db/posts/delete', ANN, {}, 'no delete rule of posts names a role of the caller'],
  [
    'the half of an upsert',
    'db/posts/upsert',
    { ...ADMIN, roles: ['blind'] },
    {},
    'no update rule of posts names a role of the caller',
  ],
  [
    'a request that its condition refuses',
    'db/users/select',
    ANN,
    {},
    'the condition of the rule does not hold for the request',
  ],
  [
    'a hidden column',
    'db/posts/select',
    ANN,
    { params: { where: { secret: 'x' } } },
    'where may not use the column "secret"',
  ],
  [
    'a related table',
    'db/posts/select',
    ANN,
    { params: { expand: ['author'] } },
    'The condition of a related table’s rule does not hold for the request',
  ],
])('says that %s is denied, and why', async (_what, path, as, more, reason) => {
  expect(await explain(path, as, { files, ...more })).toMatchObject({
    decision: 'deny',
    columns: [],
    sql: null,
    reason,
  });
});

it('says where a rule leaves no call to be made', async () => {
  expect(await explain('db/posts/insert', { ...ADMIN, roles: ['blind'] })).toMatchObject({
    decision: 'allow',
    sql: null,
    reason: 'Missing required columns: title, author_id, slug',
  });
});

it('without files asks the current release', async () => {
  await hub.apply(FILES);
  const { rule, decision } = await explain('db/posts/delete', ADMIN, {});
  expect([decision, rule.roles, rule.at]).toEqual(['allow', ['admin'], null]);
});

it.each([
  ['db/nothing/select', {}, 404],
  ['db/posts/drop', {}, 404],
  ['posts', {}, 404],
  ['db/posts/select', { params: { where: { nothing: 1 } } }, 400],
  ['db/posts/select', { params: 'x' }, 400],
  ['db/posts/select', { as: { type: 'robot' } }, 400],
])('refuses %s with %j: %i', async (path, more, status) => {
  expect((await ask(path, ANN, { files, ...more })).status).toBe(status);
});
