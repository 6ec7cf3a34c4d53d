import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const FILES = {
  'schema/shop.yaml': `version: 1
tables:
  items:
    id: { generate: client }
    columns: { name: { type: string }, stock: { type: int, min: 0, enforce: true } }
  orders:
    id: { generate: auto_increment }
    columns:
      item_id: { type: string, references: { table: items } }
      quantity: { type: int }
      buyer: { type: string, nullable: true }
`,
  'config/permissions.yaml': `version: 1
tables:
  items: { select: { roles: [admin] }, insert: { roles: [admin] } }
  orders: { select: { roles: [admin] } }
logics:
  "reports/**": { roles: [analyst, admin] }
  "reports/secret/*": { roles: [auditor] }
`,
  'logics/users/purchase.sql': `---
description: buy an item
roles: [admin]
condition: request.params.quantity <= 10
params:
  itemId:   { type: string }
  quantity: { type: int, default: 1, min: 1 }
timeout: 5s
---
UPDATE items SET stock = stock - :quantity WHERE id = :itemId AND stock >= :quantity;
INSERT INTO orders (item_id, quantity, buyer) VALUES (:itemId, :quantity, :auth.sub) RETURNING id, quantity, buyer;
`,
  'logics/reports/stock.sql': `---
params:
  text: { type: string, default: '' }
  ids:  { type: array, items: string, default: [] }
---
-- :text in a comment is no param
SELECT id, name, stock::bigint AS stock FROM items
 WHERE (:text = '' OR name = :text) AND (cardinality(:ids) = 0 OR id = ANY(:ids)) ORDER BY id
`,
  'logics/reports/secret/all.sql': 'SELECT count(*) AS n FROM orders',
  'logics/echo.sql': `---
roles: [admin]
params:
  s: { type: string, nullable: true }
  i: { type: int, nullable: true }
  b: { type: bigint, nullable: true }
  f: { type: float, nullable: true }
  d: { type: decimal, nullable: true }
  o: { type: boolean, nullable: true }
  j: { type: json, nullable: true }
  t: { type: timestamp, nullable: true }
  y: { type: date, nullable: true }
  u: { type: uuid, nullable: true }
  x: { type: bytes, nullable: true }
  a: { type: array, items: string, nullable: true }
---
SELECT :s AS s, :i AS i, :b AS b, :f AS f, :d AS d, :o AS o, :j AS j, :t AS t, :y AS y, :u::uuid AS u, :x AS x, :a AS a, :a::text[] AS l
`,
};

let dir: string;
let stack: DevStack;
const cli = () => ({ cwd: dir, env: stack.env });
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
};
const call = (path: string, params: unknown) =>
  callBridge(stack.ready.bridgeUrl, path, params as object, { apiKey: stack.ready.apiKey });
const stock = async () => {
  const { body } = await call('logics/reports/stock', {});
  return body;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-logic-'));
  for (const [path, content] of Object.entries(FILES)) await write(path, content);
  stack = await startDevStack(dir, ['--no-watch']);
  const data = [
    { id: 'i1', name: 'Book', stock: 5 },
    { id: 'i2', name: "O'Brien; --", stock: 0 },
  ];
  expect((await call('db/items/insert', { data })).status).toBe(200);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('SQL logic on a Bridge', () => {
  it('is called like a table, and answers with rows or a count', async () => {
    const { status, body } = await call('logics/users/purchase', { itemId: 'i1', quantity: 2 });
    expect([status, body]).toEqual([200, { data: [{ id: '1', quantity: 2, buyer: null }] }]);
    expect(await stock()).toEqual({
      data: [
        { id: 'i1', name: 'Book', stock: '3' },
        { id: 'i2', name: "O'Brien; --", stock: '0' },
      ],
    });
    expect(await call('logics/reports/stock', { text: "O'Brien; --" })).toMatchObject({
      body: { data: [{ id: 'i2' }] },
    });
    expect(await call('logics/reports/stock', { ids: ['i1', '{"i2"}'] })).toMatchObject({
      body: { data: [{ id: 'i1' }] },
    });
  });

  it.each([
    ['logics/users/purchase', {}, 400, 'Missing required param: itemId'],
    ['logics/users/purchase', { itemId: 7 }, 400, 'Invalid type for param: itemId'],
    ['logics/users/purchase', { itemId: 'i1', quantity: 11 }, 403, 'You may not do this'],
    ['logics/users/purchase', { itemId: 'none' }, 409, undefined],
    ['logics/reports/secret/all', {}, 403, 'You may not do this'],
    ['logics/none', {}, 404, undefined],
    ['logics/../users/purchase', {}, 404, undefined],
    ['logics/__proto__', {}, 404, undefined],
    ['logics/', {}, 404, undefined],
  ])('%s with %j is refused', async (path, params, status, message) => {
    const answer = await call(path, params);
    expect(answer.status).toBe(status);
    if (message !== undefined) expect(answer.body).toMatchObject({ error: { message } });
  });

  const HOSTILE = [
    "'; drop table orders; --",
    '$1',
    ':itemId',
    '$$ $$',
    '\\',
    "\\'; select 1",
    '{"a","b"}',
    '"',
    'é𝄞',
    '\u0000',
    '\ud800',
    '1e400',
    '9999999999999999999999',
    'Infinity',
    'x'.repeat(100_000),
  ];
  it.each(['s', 'i', 'b', 'f', 'd', 'o', 'j', 't', 'y', 'u', 'x', 'a'])(
    'whatever is sent for the param %s is a value or refused, and never SQL',
    async (name) => {
      const values = [
        ...HOSTILE,
        ...HOSTILE.map((text) => [text]),
        ...HOSTILE.map((text) => ({ [text]: text })),
        1e308,
        -1,
        1.5,
      ];
      for (const value of values) {
        const { status, body } = await call('logics/echo', { [name]: value });
        expect([200, 400]).toContain(status);
        if (status === 200 && 'sja'.includes(name))
          expect((body as { data: Record<string, unknown>[] }).data[0]?.[name]).toEqual(value);
      }
      expect((await call('db/orders/select', {})).status).toBe(200);
    },
    60_000,
  );
});

it('logic that writes is done once for each Idempotency-Key', async () => {
  const post = async () => {
    const response = await fetch(`${stack.ready.bridgeUrl}/call/logics/users/purchase`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-santokit-api-key': stack.ready.apiKey,
        'idempotency-key': 'purchase-1',
      },
      body: JSON.stringify({ itemId: 'i1' }),
    });
    return [response.headers.get('idempotent-replayed'), await response.json()];
  };
  const [, first] = await post();
  const before = await stock();
  expect(first).toMatchObject({ data: [{ quantity: 1 }] });
  expect(await post()).toEqual(['true', first]);
  expect(await stock()).toEqual(before);
});

it('metrics name logic by its path, and nothing that callers make up', async () => {
  const metrics = await (await fetch(`${stack.ready.bridgeUrl}/metrics`)).text();
  expect(metrics).toMatch(/stk_bridge_requests_total\{[^}]*path="logics\/users\/purchase"/);
  expect(metrics).not.toContain('logics/none');
});

describe('stk logic', () => {
  it('lists and shows what is released', async () => {
    expect(await stkJson(['logic', 'list'], cli())).toMatchObject({
      items: [
        { name: 'echo', changesRows: false },
        { name: 'reports/secret/all', roles: null },
        { name: 'reports/stock' },
        { name: 'users/purchase', kind: 'sql', description: 'buy an item', roles: ['admin'], changesRows: true },
      ],
    });
    expect(await stkJson(['logic', 'show', 'reports/secret/all'], cli())).toMatchObject({
      rules: [{ roles: ['auditor'] }],
      statements: [{ sql: 'SELECT count(*) AS n FROM orders', readOnly: true }],
    });
    const unknown = await stk(['logic', 'show', 'none'], cli());
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no logic "none"')]);
  });

  it('runs it as a caller, under the rules that the caller has', async () => {
    const before = await stock();
    const as = ['--as', 'user:u1', '--roles', 'admin', '--params', '{"itemId":"i1"}'];
    const tried = await stkJson<{ data: object[] }>(['logic', 'run', 'users/purchase', ...as, '--rollback'], cli());
    expect(tried).toMatchObject({ data: [{ quantity: 1, buyer: 'u1' }], rolledBack: true });
    expect(await stock()).toEqual(before);
    expect(await stkJson(['logic', 'run', 'users/purchase', ...as], cli())).toMatchObject({ rolledBack: false });
    expect(await stock()).not.toEqual(before);
    expect((await stk(['logic', 'run', 'users/purchase', '--params', '{"itemId":"i1"}'], cli())).code).toBe(5);
    expect((await stk(['logic', 'run', 'users/purchase', '--params', 'nonsense'], cli())).code).toBe(2);
    const { items } = await stkJson<{ items: { action: string; detail: object }[] }>(
      ['audit', 'log', '--action', 'logic.run'],
      cli(),
    );
    // The refused attempt is there too.
    expect(items.filter(({ detail }) => 'rollback' in detail)).toMatchObject([
      { detail: { logic: 'users/purchase', rollback: false } },
      { detail: { logic: 'users/purchase', rollback: true, as: { sub: 'u1' } } },
    ]);
  });

  it('is refused at apply with every place that is wrong', async () => {
    const before = await stkJson<{ releaseId: string }>(['release', 'current'], cli());
    await write(
      'logics/wrong.sql',
      '---\nparams:\n  id: { type: strin }\nrole: [admin]\n---\nSELECT :idd;\nSELEC 1;\n',
    );
    await write('logics/open.sql', 'BEGIN;\nDELETE FROM items;\n');
    const { code, stdout } = await stk(['apply', '--ref', 'wrong', '--json'], cli());
    const { error } = JSON.parse(stdout) as { error: { code: string; details: { problems: object[] } } };
    expect([code, error.code]).toEqual([1, 'SCHEMA_VALIDATION_FAILED']);
    expect(error.details.problems).toMatchObject([
      { file: 'logics/open.sql', line: 1, column: 1 },
      { file: 'logics/wrong.sql', line: 3, column: 15 },
      { file: 'logics/wrong.sql', line: 4, column: 1 },
      { file: 'logics/wrong.sql', line: 6, column: 8 },
      { file: 'logics/wrong.sql', line: 7, column: 1 },
    ]);
    expect(await stkJson(['release', 'current'], cli())).toMatchObject({ releaseId: before.releaseId });
  });
});
