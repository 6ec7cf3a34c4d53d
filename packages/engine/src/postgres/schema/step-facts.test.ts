import { expect, test } from 'vitest';
import { countRows } from './count-rows.ts';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const database = changeTester();
const text: ColumnParts = { type: 'string', nullable: true };
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const users = declare('users');

const before = [
  users,
  declare('gone'),
  posts({ a: text, b: { type: 'int' }, c: { type: 'decimal' }, d: text, e: { type: 'bigint' }, f: text }),
];
const rows = `
  INSERT INTO gone SELECT generate_series(1, 3)::text;
  INSERT INTO users VALUES ('x');
  INSERT INTO posts SELECT n::text, 'x', n, n + 0.5, CASE WHEN n > 3 THEN 'x' END, n, NULL FROM generate_series(1, 10) n`;
const after = [
  users,
  posts(
    {
      a2: { ...text, unique: true, renamedFrom: 'a' },
      b: { type: 'bigint' },
      c: { type: 'decimal', precision: 4, scale: 0 },
      d: { type: 'string', references: { table: 'users' } },
      e: { type: 'int' },
      g: { type: 'uuid', default: { kind: 'uuid_v4' } },
      h: { type: 'int', default: { kind: 'literal', value: 1 } },
    },
    { indexes: [{ columns: ['b'], where: 'b > 8' }, { columns: ['h'] }] },
  ),
];

test('each step says what it does to the table, and how many rows it concerns', async () => {
  const scratch = await database.empty();
  await scratch.migrate(before);
  await scratch.run(rows);

  const { steps } = await countRows(scratch.sql, await scratch.plan(after, { previous: before }));
  const facts = steps.map(({ what, rewrites, losesData, rows: count }) => [what, rewrites, losesData, count]);

  expect(facts).toEqual([
    ['change the type of b from integer to bigint', false, false, 10],
    ['change the type of c from numeric to numeric(4,0)', true, true, 10],
    ['change the type of e from bigint to integer', true, false, 0],
    ['add column g', false, false, 10],
    ['add column h', false, false, undefined],
    ['add unique index on (a2)', false, false, 10],
    ['add index on (b) where a condition holds', false, false, 2],
    ['add index on (h)', false, false, 10],
    ['add foreign key d → users (id)', false, false, 7],
    ['forbid null in d', false, false, 3],
    ['rename column a to a2', false, false, undefined],
    ['drop table gone and all of its rows', false, true, 3],
    ['drop column f and its values', false, true, 0],
  ]);
  for (const { rewrites, lock } of steps) expect(lock.includes('rewritten')).toBe(rewrites);
  expect(steps.filter((step) => step.rowsEstimated)).toEqual([]);
});

test('rows of a table that is renamed in the same plan are counted where they are now', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: text })]);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'x'), ('2', 'x'), ('3', NULL)`);
  const renamed = declare('articles', {
    renamedFrom: 'posts',
    columns: { b: { ...text, renamedFrom: 'a', unique: true } },
  });

  const { steps } = await countRows(scratch.sql, await scratch.plan([renamed]));

  expect(steps.map(({ what, rows: count }) => [what, count])).toEqual([
    ['add unique index on (b)', 2],
    ['rename table posts to articles', undefined],
    ['rename column a to b', undefined],
  ]);
});

test('where counting takes too long, the database’s estimate stands in and is marked as one', async () => {
  const scratch = await database.empty();
  await scratch.migrate(before);
  await scratch.run(
    `${rows}; INSERT INTO posts SELECT n::text, 'x', n, n, NULL, n, NULL FROM generate_series(11, 5000) n; ANALYZE`,
  );

  const { steps } = await countRows(scratch.sql, await scratch.plan(after, { previous: before }), { budgetMs: 0 });
  const estimates = new Map(steps.map((step) => [step.what, step.rows]));

  for (const step of steps) expect(step.rowsEstimated).toBe(step.rows === undefined ? undefined : true);
  expect(estimates.get('change the type of b from integer to bigint')).toBe(5_000);
  expect(estimates.get('add unique index on (a2)')).toBe(4_999);
  expect(estimates.get('forbid null in d')).toBeGreaterThan(4_900);
});

test('a new column of a domain that checks its values is a rewrite, as every row is checked', async () => {
  const scratch = await database.empty();
  await scratch.run(`
    CREATE DOMAIN plain AS int; CREATE DOMAIN positive AS plain CHECK (VALUE > 0); CREATE DOMAIN "Great" AS positive;
    CREATE TABLE posts (id text PRIMARY KEY); INSERT INTO posts VALUES ('1')`);
  const of = (native: string): ColumnParts => ({ type: 'int', native, nullable: true });
  const declared = posts({ a: of('plain'), b: of('positive'), c: of('"Great"') });

  const { steps } = await scratch.plan([declared]);
  expect(steps.map(({ what, rewrites }) => [what, rewrites])).toEqual([
    ['add column a', false],
    ['add column b', true],
    ['add column c', true],
  ]);
  await scratch.migrate([declared]);
  expect(await scratch.rest([declared])).toEqual({ steps: [], drift: 0 });
});
