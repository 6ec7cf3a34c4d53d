import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

const SCHEMA = `version: 1
tables:
  posts:
    columns:
      title: { type: string }
      author_id: { type: string }
      status: { type: string, default: draft }
`;
const rules = (posts: string) => ({
  'schema/shop.yaml': SCHEMA,
  'config/permissions.yaml': `version: 1\ntables:\n  posts:\n${posts}`,
});
const OWN = `    select:
      - { roles: [editor] }
      - { roles: [authenticated], condition: resource.author_id == request.auth.sub, columns: [id, title] }
    update: { roles: [editor], condition: resource.status == "draft" }
    insert: { roles: [editor], columns: [title, author_id] }
`;
const OPENED = `    select:
      - { roles: [editor] }
      - roles: [authenticated]
        condition: request.auth.sub == resource.author_id || resource.status == "published"
        columns: [id, title, status]
      - { roles: [public], condition: resource.status == "published", mask: { author_id: hide }, limit: 5 }
    update: { roles: [editor] }
    insert: { roles: [editor], columns: [title, author_id, status], check: resource.status == "draft" }
    delete: { roles: [editor], condition: resource.author_id == request.auth.claims.name }
`;

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(rules(OWN));
  await hub.shop`insert into posts (id, title, author_id, status) values
    ('p1', 'a', 'u1', 'draft'), ('p2', 'b', 'u1', 'published'), ('p3', 'c', 'u2', 'published')`;
});
afterAll(() => hub.stop());

const path = 'POST /api/v1/projects/shop/envs/dev/permissions/impact';
const list = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([at, content]) => ({ path: at, content }));
async function impact(files: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) {
  const { json } = await hub.must(path, { body: { files: list(files), ...more } });
  return json.data.impact;
}

describe('the impact of other rules', () => {
  it('is nothing where the rules are the same', async () => {
    expect(await impact(rules(OWN))).toEqual([]);
  });

  it('counts, role by role, the rows and columns that open', async () => {
    const none = { opened: [], closed: [] };
    const whole = { dependsOnCaller: false, notes: [] };
    const all = ['id', 'title', 'author_id', 'status'];
    expect(await impact(rules(OPENED))).toEqual([
      {
        role: 'public',
        callers: 'api_key',
        table: 'posts',
        operation: 'select',
        rows: { before: 0, after: 2, opened: 2, closed: 0 },
        columns: { opened: all, closed: [] },
        ...whole,
      },
      {
        role: 'authenticated',
        callers: 'user',
        table: 'posts',
        operation: 'select',
        // Of their own rows each caller saw every one before: what some gain are the published ones of others.
        rows: { before: 3, after: 3, opened: 2, closed: 0 },
        columns: { opened: ['status'], closed: [] },
        dependsOnCaller: true,
        notes: [],
      },
      {
        role: 'editor',
        callers: 'any',
        table: 'posts',
        operation: 'insert',
        rows: null,
        columns: { opened: ['status'], closed: [] },
        dependsOnCaller: false,
        notes: ['the check of written rows changes'],
      },
      {
        role: 'editor',
        callers: 'any',
        table: 'posts',
        operation: 'update',
        rows: { before: 1, after: 3, opened: 2, closed: 0 },
        columns: none,
        ...whole,
      },
      {
        role: 'editor',
        callers: 'any',
        table: 'posts',
        operation: 'delete',
        rows: { before: 0, after: 3, opened: 3, closed: 0 },
        columns: none,
        dependsOnCaller: true,
        notes: [],
      },
    ]);
  });

  it('counts exactly for one caller', async () => {
    const as = { type: 'user', sub: 'u1', roles: [] };
    expect(await impact(rules(OPENED), { as })).toMatchObject([
      {
        role: 'user:u1',
        operation: 'select',
        rows: { before: 2, after: 3, opened: 1, closed: 0 },
        dependsOnCaller: false,
      },
    ]);
  });

  it('counts what closes, and a table that goes', async () => {
    const files = { ...rules(OWN), 'config/permissions.yaml': 'version: 1\n' };
    const editor = (await impact(files)).filter((entry: { role: string }) => entry.role === 'editor');
    expect(editor).toMatchObject([
      { operation: 'select', rows: { before: 3, after: 0, opened: 0, closed: 3 } },
      { operation: 'insert', rows: null, columns: { closed: ['title', 'author_id'] } },
      { operation: 'update', rows: { closed: 1 } },
    ]);
  });

  it('says what could not be counted, and counts the rest', async () => {
    const files = {
      ...rules(`${OWN}    delete: { roles: [editor], condition: resource.pages > 3 }
  pages:
    select: { roles: [public] }
`),
      'schema/shop.yaml': `${SCHEMA}      pages: { type: int, nullable: true }
  pages: { columns: { name: { type: string } } }
`,
    };
    const entries = await impact(files);
    expect(entries).toContainEqual(
      expect.objectContaining({
        role: 'editor',
        operation: 'delete',
        rows: null,
        uncounted: 'it speaks of a column that is not in the database yet',
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({
        role: 'public',
        table: 'pages',
        operation: 'select',
        rows: { before: 0, after: 0, opened: 0, closed: 0 },
      }),
    );
    await hub.shop`create table pages (id text primary key, name text not null)`;
    await hub.shop`insert into pages values ('a', 'a')`;
    expect(await impact(files)).toContainEqual(
      expect.objectContaining({ table: 'pages', rows: { before: 0, after: 1, opened: 1, closed: 0 } }),
    );
    await hub.shop`drop table pages`;
  });

  it('is that of the same rows by their new names where tables and columns are renamed', async () => {
    const renamed = (condition: string) => ({
      'schema/shop.yaml': SCHEMA.replace('posts:', 'articles:\n    renamedFrom: posts').replace(
        'author_id: { type: string }',
        'writer_id: { type: string, renamedFrom: author_id }',
      ),
      'config/permissions.yaml': `version: 1\ntables:\n  articles:\n${OWN.replaceAll('author_id', 'writer_id').replace('draft', condition)}`,
    });
    expect(await impact(renamed('draft'))).toEqual([]);
    const [change, ...rest] = await impact(renamed('published'));
    expect([change, rest]).toMatchObject([
      { role: 'editor', table: 'articles', operation: 'update', rows: { before: 1, after: 2, opened: 2, closed: 1 } },
      [],
    ]);
    const hidden = { ...renamed('draft') };
    hidden['config/permissions.yaml'] = hidden['config/permissions.yaml'].replace('[title, writer_id]', '[title]');
    expect(await impact(hidden)).toMatchObject([{ table: 'articles', columns: { opened: [], closed: ['writer_id'] } }]);
  });

  it('gives up on a table that is held, in the time that was given', async () => {
    const held = await hub.shop.reserve();
    await held`begin`;
    await held`lock table posts in access exclusive mode`;
    const startedMs = performance.now();
    const entries = await impact(rules(OPENED), { timeoutSeconds: 1 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(entries[0]).toMatchObject({ rows: null, uncounted: 'it was not counted in time' });
    await held`rollback`;
    held.release();
  });

  it('is shown beside the plan by a dry run, and by nothing else', async () => {
    const dry = await hub.apply(rules(OPENED), { dryRun: true });
    expect(dry.json.data.plan).toEqual([]);
    expect(dry.json.data.impact).toEqual(await impact(rules(OPENED)));
    expect((await hub.apply(rules(OWN))).json.data.impact).toBeUndefined();
  });
});
