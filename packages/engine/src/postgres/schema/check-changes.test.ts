import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCheck } from './read-check.ts';
import { type ChangeCase, changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const database = changeTester();
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const status = (values: string[] | undefined, more: Partial<ColumnParts> = {}): ColumnParts => ({
  type: 'string',
  nullable: true,
  ...(values === undefined ? {} : { enum: values, enforce: true }),
  ...more,
});

const cases: ChangeCase[] = [
  {
    name: 'created with the table',
    after: [
      posts({
        a: status(['draft', `it's, "odd" \\ {}`, 'NULL', '']),
        b: { type: 'string', native: 'varchar(9)', minLength: 2, maxLength: 5, enforce: true },
        c: { type: 'int', min: '-0.5', max: '100', enforce: true },
        d: { type: 'decimal', precision: 8, scale: 2, enum: ['1.50', '-2'], enforce: true },
        e: { type: 'float', min: '0.1', max: `1${'0'.repeat(400)}`, enum: [0.1, 1e-7, 1e300], enforce: true },
        f: { type: 'float', native: 'real', min: '0.7', max: '123.456789123', enforce: true },
        g: { type: 'bigint', enum: ['9223372036854775807', '-1'], enforce: true },
        'Odd "h"$': { type: 'file', maxLength: 9_007_199_254_740_991, enforce: true },
      }),
    ],
    steps: ['safe: create table posts'],
  },
  {
    name: 'added to a column that is there, and to one that comes',
    before: [posts({ a: status(undefined) })],
    after: [
      posts({
        a: status(['x', 'y']),
        b: { type: 'int', min: '1', enforce: true, default: { kind: 'literal', value: 1 } },
      }),
    ],
    steps: ['safe: add column b', 'safe: check that b is at least 1', 'destructive: check that a is one of x, y'],
  },
  {
    name: 'made wider, made narrower and taken away',
    before: [posts({ a: status(['x', 'y']), b: status(['x', 'y']), c: status(['x', 'y']) })],
    after: [
      posts({ a: status(['y', 'z', 'x']), b: status(['x', 'z']), c: { type: 'string', nullable: true, enum: ['x'] } }),
    ],
    steps: [
      'safe: check that a is one of x, y, z',
      'destructive: check that b is one of x, z',
      'destructive: drop the check of c',
    ],
  },
  {
    name: 'spelled otherwise are the same',
    before: [posts({ a: status(['x', 'y']), b: { type: 'decimal', min: '1.50', max: '010', enforce: true } })],
    after: [posts({ a: status(['y', 'x', 'x']), b: { type: 'decimal', min: '1.5', max: '10.00', enforce: true } })],
    steps: [],
  },
  {
    name: 'kept while their column and table are renamed',
    before: [posts({ a: status(['x']) })],
    after: [declare('articles', { renamedFrom: 'posts', columns: { b: status(['x'], { renamedFrom: 'a' }) } })],
    steps: ['safe: rename table posts to articles', 'safe: rename column a to b'],
  },
  {
    name: 'made anew around a change of the type',
    before: [posts({ a: { type: 'int', min: '1', enforce: true }, b: status(['x']) })],
    after: [posts({ a: { type: 'bigint', min: '1', enforce: true }, b: status(['x'], { native: 'varchar(5)' }) })],
    steps: [
      'safe: drop the check of a',
      'safe: drop the check of b',
      'safe: change the type of a from integer to bigint',
      'destructive: change the type of b from text to character varying(5)',
      'safe: check that a is at least 1',
      'safe: check that b is one of x',
    ],
  },
  {
    name: 'of a column that is dropped go with it',
    before: [posts({ a: status(['x']) })],
    after: [posts({})],
    steps: ['destructive: drop column a and its values'],
  },
  {
    name: 'whose validation was cut off are validated',
    before: [posts({ a: status(['x']) })],
    sql: `ALTER TABLE posts DROP CONSTRAINT stk_check_posts_a, ADD CONSTRAINT stk_check_posts_a CHECK (a = ANY ('{x}'::text[])) NOT VALID`,
    after: [posts({ a: status(['x']) })],
    steps: ['safe: validate that a is one of x'],
  },
  {
    name: 'whose replacement was cut off are cleared away',
    before: [posts({ a: status(['x']) })],
    sql: `ALTER TABLE posts ADD CONSTRAINT stk_check_posts_a_1 CHECK (a = ANY ('{x,y}'::text[]))`,
    after: [posts({ a: status(['x', 'y']) })],
    steps: ['safe: drop the check of a'],
  },
  {
    name: 'of others are left alone, and so is what somebody made of ours',
    before: [posts({ a: status(undefined), b: status(undefined) })],
    sql: `ALTER TABLE posts ADD CHECK (a IN ('x')), ADD CONSTRAINT stk_check_b CHECK (b <> 'x')`,
    after: [posts({ a: status(undefined), b: status(undefined) })],
    steps: [],
  },
  {
    name: 'that somebody changed by hand are put right',
    before: [posts({ a: status(['x']) })],
    sql: `ALTER TABLE posts DROP CONSTRAINT stk_check_posts_a, ADD CONSTRAINT stk_check_posts_a CHECK (a <> 'y')`,
    after: [posts({ a: status(['x']) })],
    steps: ['destructive: check that a is one of x'],
  },
];

test.each(cases)('checks $name', async (change) => {
  const { steps, rest } = await database.make(change);
  expect(steps).toEqual(change.steps);
  expect(rest).toEqual({ steps: [], drift: 0 });
  const scratch = await database.empty();
  await scratch.migrate(change.after);
  const { tables } = await scratch.pull();
  expect(await scratch.rest(tables)).toEqual({ steps: [], drift: 0 });
});

test('the database refuses what the rules forbid, and takes null', async () => {
  const scratch = await database.empty();
  await scratch.migrate([
    posts({
      a: status(['x', 'it’s']),
      n: { type: 'int', nullable: true, min: '0.5', enforce: true },
      s: { type: 'string', nullable: true, minLength: 2, maxLength: 3, enforce: true },
    }),
  ]);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'it’s', 1, '😀😀😀'), ('2', NULL, NULL, NULL)`);
  for (const values of [`'y', 1, 'ab'`, `'x', 0, 'ab'`, `'x', 1, 'a'`, `'x', 1, 'abcd'`]) {
    await expect(scratch.run(`INSERT INTO posts VALUES ('3', ${values})`)).rejects.toMatchObject({ code: '23514' });
  }
});

test('rows that break a new check make the step fail, and the check before it stays', async () => {
  const scratch = await database.empty();
  const before = [posts({ a: status(['x', 'y']) })];
  await scratch.migrate(before);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'x')`);

  await expect(scratch.migrate([posts({ a: status(['y']) })])).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('the check refuses'),
  });
  expect(await scratch.rest(before)).toEqual({ steps: [], drift: 0 });
});

test('a pull says the rules and that the database enforces them', async () => {
  const scratch = await database.empty();
  const declared = posts({
    a: status(['draft', 'x y']),
    c: { type: 'int', min: '-0.5', enforce: true },
    e: { type: 'float', enum: [0.1, 1e-7], max: '5', enforce: true },
  });
  await scratch.migrate([declared]);
  const { tables } = await scratch.pull();

  expect(tables[0]?.columns.a).toEqual(declared.columns.a);
  expect(tables[0]?.columns.c).toEqual(declared.columns.c);
  expect(tables[0]?.columns.e).toEqual({ ...declared.columns.e, enum: [1e-7, 0.1] });
});

test('an expression that is not quite ours is not taken for it', () => {
  for (const expression of [
    '(a >= 1)',
    '((a >= 1) OR (a <= 5))',
    `(b = ANY ('{x}'::text[]))`,
    `(a = ANY ('{x,NULL}'::text[]))`,
    `(a = ALL ('{x}'::text[]))`,
    `((a >= 1) AND (a >= 2))`,
    `((a = ANY ('{x}'::text[])) AND (a <> 'y'))`,
    '(char_length(a) > 1)',
    '((a >= 1) AND (a <= 5) AND )',
  ]) {
    const rules = readCheck(expression, 'a');
    if (expression === '(a >= 1)') expect(rules).toEqual({ min: '1' });
    else expect(rules).toBeUndefined();
  }
  fc.assert(fc.property(fc.string(), (text) => void readCheck(`(${text})`, 'a')));
});
