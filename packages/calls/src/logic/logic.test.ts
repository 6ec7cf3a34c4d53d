import type { Json, Principal } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { user } from '../call/testing/served-blog.ts';
import { ANN, type LogicBench, openLogicBench } from './testing/served-logic.ts';

let bench: LogicBench;
beforeAll(async () => {
  bench = await openLogicBench(`
    create table items (id text primary key, stock int not null check (stock >= 0));
    create table orders (id bigint generated always as identity primary key, user_id text, item_id text references items, quantity int);
    insert into items values ('i1', 10), ('i2', 0);
  `);
});
afterAll(() => bench.close());

const PURCHASE = `---
roles: [authenticated]
condition: request.params.quantity <= 5
params:
  itemId:   { type: string }
  quantity: { type: int, default: 1, min: 1 }
---
UPDATE items SET stock = stock - :quantity WHERE id = :itemId AND stock >= :quantity;
INSERT INTO orders (user_id, item_id, quantity) VALUES (:auth.sub, :itemId, :quantity) RETURNING id, user_id, quantity;
`;

describe('SQL logic', () => {
  it('runs its statements in one transaction and answers with the rows of the last that returns any', async () => {
    const run = serve({ 'logics/purchase.sql': PURCHASE });
    expect(await run('logics/purchase', { itemId: 'i1', quantity: 2 })).toEqual({
      data: [{ id: '1', user_id: 'u1', quantity: 2 }],
    });
    expect(await stockOf('i1')).toBe(8);
    await expect(run('logics/purchase', { itemId: 'none' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.each([
    [{}, 'Missing required param: itemId'],
    [{ itemId: 5 }, 'Invalid type for param: itemId'],
    [{ itemId: null }, 'Invalid type for param: itemId'],
    [{ itemId: 'i1', quantity: '2' }, 'Invalid type for param: quantity'],
    [{ itemId: 'i1', quantity: 1.5 }, 'Invalid type for param: quantity'],
    [{ itemId: 'i1', quantity: 0 }, 'quantity must be at least 1'],
    [{ itemId: 'i1', qantity: 1 }, 'Unknown param: qantity'],
    [[], 'params must be an object'],
  ] as [Json, string][])('params %j are refused', async (params, message) => {
    const run = serve({ 'logics/purchase.sql': PURCHASE });
    await expect(run('logics/purchase', params)).rejects.toMatchObject({ code: 'BAD_REQUEST', message });
  });

  it('is open to those whom its file and the permissions let in, and to nobody where neither says who', async () => {
    const files = {
      'logics/a/free.sql': 'select 1 as n',
      'logics/a/own.sql': '---\nroles: [buyer]\n---\nselect 1 as n',
      'logics/b/free.sql': 'select 1 as n',
      'logics/a/deep/free.sql': '---\nroles: [public]\n---\nselect 1 as n',
      'config/permissions.yaml': `version: 1
logics:
  "a/*": { roles: [buyer, seller], condition: request.auth.sub != "u9" }
  "a/deep/free": []
`,
    };
    const run = serve(files);
    const outcome = (path: string, as: Principal) =>
      run(path, {}, as).then(
        () => 'open',
        ({ code }) => code,
      );
    const cases = [
      ['logics/a/free', ANN, 'open'],
      ['logics/a/free', user('u9', 'buyer'), 'FORBIDDEN'],
      ['logics/a/free', user('u2', 'other'), 'FORBIDDEN'],
      ['logics/a/own', user('u2', 'seller'), 'FORBIDDEN'],
      ['logics/a/own', ANN, 'open'],
      ['logics/b/free', ANN, 'FORBIDDEN'],
      ['logics/a/deep/free', ANN, 'FORBIDDEN'],
      ['logics/none', ANN, 'NOT_FOUND'],
    ] as const;
    for (const [path, as, expected] of cases) expect([path, await outcome(path, as)]).toEqual([path, expected]);
  });

  it('has its condition judged with the defaults of its params', async () => {
    const run = serve({ 'logics/purchase.sql': PURCHASE });
    const before = await stockOf('i1');
    await expect(run('logics/purchase', { itemId: 'i1', quantity: 6 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await stockOf('i1')).toBe(before);
    expect(await run('logics/purchase', { itemId: 'i1' })).toMatchObject({ data: [{ quantity: 1 }] });
  });

  it('answers values in the JSON forms of their types', async () => {
    const { data } = await serve({
      'logics/forms.sql': `---
roles: [public]
params: { q: { type: string, default: "é'" }, at: { type: timestamp, default: "2026-01-02T03:04:05.5+01:00" }, ids: { type: array, items: int, default: [1, 2] } }
---
select :q as q, 1::bigint as big, 1.50::numeric as dec, 1.5::float8 as f, true as b, '{"a":1}'::jsonb as j, :at as at, date '2026-01-02' as d,
  '\\x00ff'::bytea as bytes, array[1,2]::bigint[] as bigs, array['a "b"', null] as texts, null as nothing, 5 = any(:ids) as has, :ids as ids,
  :now::date::text = current_date::text as today, :env as env, :auth.sub as sub, :auth.roles as roles, 1 as q2, interval '1 day' as i`,
    })('logics/forms', {});
    expect(data).toEqual([
      {
        q: "é'",
        big: '1',
        dec: '1.50',
        f: 1.5,
        b: true,
        j: { a: 1 },
        at: '2026-01-02T02:04:05.5Z',
        d: '2026-01-02',
        bytes: 'AP8=',
        bigs: ['1', '2'],
        texts: ['a "b"', null],
        nothing: null,
        has: false,
        ids: [1, 2],
        today: true,
        env: 'dev',
        sub: 'u1',
        roles: ['buyer'],
        q2: 1,
        i: '1 day',
      },
    ]);
  });
});

function serve(files: Readonly<Record<string, string>>) {
  const served = bench.serve(files);
  return async (path: string, params: Json, as: Principal = ANN) => ({
    data: await bench.run(served, path, params, { as }),
  });
}

async function stockOf(id: string): Promise<number> {
  const { rows } = await bench.database.query('select stock from items where id = $1', [id]);
  return Number(rows[0]?.[0]);
}
