import type { Problem, SqlLogic } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { describe, expect, it } from 'vitest';
import { compileSqlLogic } from './compile-sql-logic.ts';
import { loadSqlParser } from './sql-parser.ts';

const parser = await loadSqlParser();

describe('a file of SQL logic', () => {
  it('becomes statements whose parameters are numbered, and cast where the type is not for the column to say', () => {
    const { logic } = compile(`---
roles: [authenticated]
params:
  itemId: { type: string }
  quantity: { type: int, default: 1, min: 1 }
---
UPDATE items SET stock = stock - :quantity WHERE id = :itemId AND stock >= :quantity;
INSERT INTO orders (user_id, item_id, quantity) VALUES (:auth.sub, :itemId, :quantity) RETURNING id;
`);
    expect(logic?.roles).toEqual(['authenticated']);
    expect(logic?.units).toEqual([
      {
        transaction: 'read_committed',
        readOnly: false,
        statements: [
          {
            text: 'UPDATE items SET stock = stock - ($1::integer) WHERE id = $2 AND stock >= ($1::integer)',
            bindings: [
              { from: 'param', name: 'quantity' },
              { from: 'param', name: 'itemId' },
            ],
          },
          {
            text: 'INSERT INTO orders (user_id, item_id, quantity) VALUES ($1, $2, ($3::integer)) RETURNING id',
            bindings: [
              { from: 'auth', name: 'sub' },
              { from: 'param', name: 'itemId' },
              { from: 'param', name: 'quantity' },
            ],
          },
        ],
      },
    ]);
  });

  it.each([
    [`select a[1:2], a[lo:hi], a [ 1 : n ] from t`, `select a[1:2], a[lo:hi], a [ 1 : n ] from t`],
    [
      `select 'x :q', "y :q", $$ :q $$, $t$ :q $t$, E'\\':q', x::text -- :q`,
      `select 'x :q', "y :q", $$ :q $$, $t$ :q $t$, E'\\':q', x::text`,
    ],
    [`select /* :q /* :q */ :q */ f(a := 1)`, `select   f(a := 1)`],
    [`select -- \n 1 /*+ SeqScan(t) */, '-- é' -- 𝄞\n`, `select  \n 1 /*+ SeqScan(t) */, '-- é'`],
    [`select :q`, `select $1`],
    [`select :q::text, :n::text`, `select $1::text, ($2::integer)::text`],
    [`select jsonb_build_object('q', :q, 'é', :n)`, `select jsonb_build_object('q', ($1::text), 'é', ($2::integer))`],
    [`select * from t where :q is null or name = :q`, `select * from t where ($1::text) is null or name = $2`],
    [`select a || :q, count(*) from t group by a || :q`, `select a || $1, count(*) from t group by a || $1`],
    [
      `select * from t where id = any(:ids) and tags @> :ids`,
      `select * from t where id = any(($1::text[])) and tags @> ($2::jsonb)`,
    ],
    [`select * from t where id = any(:ids::uuid[])`, `select * from t where id = any($1::uuid[])`],
    [
      `select a[:n], a[:n:3] from t fetch first :n rows only`,
      `select a[($1::integer)], a[($1::integer):3] from t fetch first ($1::integer) rows only`,
    ],
    [
      `select :event.id, :event.total::numeric, :now, :env, :auth.roles`,
      `select $1, $2::numeric, ($3::timestamp with time zone), $4, ($5::text[])`,
    ],
  ])('%s', (sql, text) => {
    const { logic, problems } = compile(`---
params: { q: { type: string }, n: { type: int }, ids: { type: array, items: string } }
---
${sql}`);
    expect(problems).toEqual([]);
    expect(logic?.units[0]?.statements[0]?.text).toBe(text);
  });

  it.each([
    ['select :itmId', 4, 8, 'Unknown param ":itmId" (did you mean "itemId"?); declare it under "params"'],
    ["select 'é𝄞', :itemId from where", 4, 28, 'PostgreSQL cannot parse this: syntax error at or near "where"'],
    ['select 1;\n selec :itemId', 5, 2, 'PostgreSQL cannot parse this: syntax error at or near "selec"'],
    ['select :itemId :itemId', 4, 16, 'PostgreSQL cannot parse this: syntax error at or near ":"'],
    ["select :itemId, 'no end", 4, 17, `PostgreSQL cannot parse this: unterminated quoted string at or near "'no end"`],
    ['select $1', 4, 8, '$1 is no param: write ":name"'],
    ['-- nothing', 4, 1, 'The file has no statement'],
    ['begin; select 1', 4, 1, 'BEGIN without a COMMIT or ROLLBACK behind it'],
    ['select 1; commit', 4, 11, 'COMMIT without a BEGIN before it'],
    ['begin; select 1; begin; commit; commit', 4, 18, 'BEGIN within a transaction that was begun already'],
    ['release a', 4, 1, 'There is no savepoint "a" here'],
    [
      'copy t to stdout',
      4,
      1,
      'COPY has no place in a logic file: it reads from and writes to files or the connection itself',
    ],
    ['set x = 1', 4, 1, 'SET would last beyond the call, for whoever has the connection next: write SET LOCAL'],
    [
      'select pg_advisory_lock(1)',
      4,
      1,
      'pg_advisory_lock() locks beyond the call: take a lock of the transaction, pg_advisory_xact_lock()',
    ],
    [
      'create temp table t (a int)',
      4,
      1,
      'A temporary table would last beyond the call, for whoever has the connection next: write ON COMMIT DROP',
    ],
    ['vacuum', 4, 1, 'This cannot run in a transaction: write "transaction: none"'],
    ['select :auth', 4, 8, '":auth" is not a value; allowed: :auth.sub, :auth.roles'],
    ['select :result.id', 4, 8, 'Unknown param ":result.id"; declare it under "params"'],
  ])('%s is refused with its place', (sql, line, column, message) => {
    const { problems } = compile(`---\nparams: { itemId: { type: string } }\n---\n${sql}`);
    expect(problems).toEqual([{ file: 'logics/a/b.sql', line, column, message }]);
  });

  it.each([
    ['select 1', true],
    ['select count(*) from t; values (1)', true],
    ['with w as (delete from t returning *) select * from w', false],
    ['select * from t for update', false],
    ['select 1 into x', false],
    ["select nextval('s')", false],
    ['select app.f()', false],
    ['explain analyze delete from t', false],
    ['explain select 1', true],
    ['begin read only; delete from t; commit', true],
    ['begin read write; select 1; commit', false],
  ])('%s reads only: %s', (sql, readOnly) => {
    expect(compile(sql).logic?.units.map((unit) => unit.readOnly)).toEqual([readOnly]);
  });

  it('keeps the bounds that it writes', () => {
    const { logic } =
      compile(`select 1; begin isolation level serializable; select 2; savepoint a; rollback to a; commit;
select 3; select 4; begin; select 5; rollback`);
    expect(logic?.units.map(({ statements, ...unit }) => ({ ...unit, count: statements.length }))).toEqual([
      { transaction: 'read_committed', readOnly: true, harmless: true, count: 1 },
      { transaction: 'serializable', readOnly: false, explicit: true, count: 3 },
      { transaction: 'read_committed', readOnly: true, count: 2 },
      { transaction: 'read_committed', readOnly: true, explicit: true, rollsBack: true, count: 1 },
    ]);
  });
});

it.each([
  ['request.params.quantty <= 10', 'Unknown param "quantty" (did you mean "quantity"?); declare it under "params"'],
  ['request.auth.sub != null && has(request.params.size.x)', 'Unknown param "size"; declare it under "params"'],
  ['request.params.ids.exists(i, i > request.params.least)', 'Unknown param "least"; declare it under "params"'],
])('the condition %s is refused where it stands', (condition, message) => {
  const params = 'params: { quantity: { type: int }, ids: { type: array, items: { type: int } } }';
  const { logic, problems } = compile(`---\n${params}\ncondition: ${condition}\n---\nselect :quantity, :ids`);
  expect(logic).toBeUndefined();
  expect(problems).toEqual([{ file: 'logics/a/b.sql', line: 3, column: 12, message }]);
});

it.each([
  ['params: { id: { type: strin } }', 1],
  ['params: { id: { type: int, default: x } }', 1],
  ['params: { id: }', 1],
  ['params: [id]', 1],
  ['parms: { id: { type: int } }', 1],
  ['params: { id: { type: int }', 1],
  ['params: { id: { type: strin } }\npublish: [{ topic: t, mapping: { a: ":id", b: ":iddd" } }]', 2],
])('what is wrong with a declaration is told once, not where the param is used, too: %s', (declared, count) => {
  const content = `---\n${declared}\ncondition: request.params.id != null\n---\nselect :id`;
  const { model, problems } = readProject([{ path: 'logics/a/b.sql', content }]);
  const found = [...problems];
  for (const source of model.sqlLogics) compileSqlLogic(source, parser, found);
  expect(found, JSON.stringify(found)).toHaveLength(count);
});

function compile(content: string): { logic: SqlLogic | undefined; problems: readonly Problem[] } {
  const { model, problems } = readProject([{ path: 'logics/a/b.sql', content }]);
  expect(problems).toEqual([]);
  const found: Problem[] = [];
  const [source] = model.sqlLogics;
  if (source === undefined) throw new Error('nothing was read');
  return { logic: compileSqlLogic(source, parser, found), problems: found };
}
