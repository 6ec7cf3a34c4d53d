import { expect, test } from 'vitest';
import { type ChangeCase, changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const users = declare('users');
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const text: ColumnParts = { type: 'string', nullable: true };

const database = changeTester();

const cases: ChangeCase[] = [
  {
    name: 'indexes of every kind added',
    before: [posts({ a: text, b: text })],
    after: [
      posts(
        { a: { ...text, unique: true }, b: text },
        {
          indexes: [
            { columns: ['a', 'b'] },
            { columns: ['b'], where: "b IN ('x', 'y') AND (a IS NULL OR b <> a)" },
            { columns: ['b'], unique: true, where: "a = 'x'", name: 'only one x' },
          ],
        },
      ),
    ],
    steps: [
      'destructive: add unique index on (a)',
      'safe: add index on (a, b)',
      'safe: add index on (b) where a condition holds',
      'destructive: add unique index on (b) where a condition holds',
    ],
  },
  {
    name: 'indexes dropped, those of constraints too',
    before: [posts({ a: { ...text, unique: true }, b: text }, { indexes: [{ columns: ['b'] }] })],
    sql: 'ALTER TABLE posts ADD CONSTRAINT paired UNIQUE (a, b)',
    after: [posts({ a: text, b: text })],
    steps: [
      'destructive: drop unique index paired on (a, b)',
      'destructive: drop unique index posts_a_key on (a)',
      'destructive: drop index posts_b_idx on (b)',
    ],
  },
  {
    name: 'an index whose condition changed',
    before: [posts({ a: text }, { indexes: [{ columns: ['a'], where: "a IN ('x')" }] })],
    after: [posts({ a: text }, { indexes: [{ columns: ['a'], where: "a IN ('y')" }] })],
    steps: ['safe: add index on (a) where a condition holds', 'destructive: drop index posts_a_idx_09ca8878 on (a)'],
  },
  {
    name: 'foreign keys added, changed and dropped',
    before: [
      users,
      posts({
        a: text,
        b: { ...text, references: { table: 'users' } },
        c: { ...text, references: { table: 'users' } },
      }),
    ],
    after: [
      users,
      posts({
        a: { ...text, references: { table: 'users' } },
        b: { ...text, references: { table: 'users', onDelete: 'cascade' } },
        c: text,
      }),
    ],
    steps: [
      'safe: add foreign key a → users (id)',
      'safe: change what the foreign key b → users (id) does to cascade on delete, restrict on update',
      'destructive: drop foreign key c → users (id)',
    ],
  },
  {
    name: 'a foreign key that points elsewhere',
    before: [users, declare('people'), posts({ a: { ...text, references: { table: 'users' } } })],
    after: [users, declare('people'), posts({ a: { ...text, references: { table: 'people' } } })],
    steps: ['destructive: drop foreign key a → users (id)', 'safe: add foreign key a → people (id)'],
  },
  {
    name: 'a foreign key that was never validated',
    before: [users, posts({ a: text })],
    sql: 'ALTER TABLE posts ADD CONSTRAINT posts_a_fkey FOREIGN KEY (a) REFERENCES users ON DELETE RESTRICT ON UPDATE RESTRICT NOT VALID',
    after: [users, posts({ a: { ...text, references: { table: 'users' } } })],
    steps: ['safe: validate foreign key a → users (id)'],
  },
  {
    name: 'a column renamed, and another of the old name added with an index of the old name',
    before: [posts({ a: { ...text, unique: true } })],
    after: [
      posts({ b: { ...text, unique: true, renamedFrom: 'a' }, a: { ...text } }, { indexes: [{ columns: ['a'] }] }),
    ],
    steps: ['safe: rename column a to b', 'safe: add column a', 'safe: add index on (a)'],
  },
];

test.each(cases)('planned, applied and then done: $name', async (change) => {
  const { steps, rest } = await database.make(change);
  expect(steps).toEqual(change.steps);
  expect(rest).toEqual({ steps: [], drift: 0 });
});
