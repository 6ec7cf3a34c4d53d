import type { Table } from '@santokit/contract';
import { expect, test } from 'vitest';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const database = changeTester();
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const text: ColumnParts = { type: 'string', nullable: true };

const self: ColumnParts = {
  ...text,
  references: { table: 'posts', column: 'id', onDelete: 'no_action', onUpdate: 'no_action' },
};

const refused: { name: string; sql: string; after: Table; step: string; advice: string }[] = [
  {
    name: 'a cast that needs code',
    sql: 'CREATE TABLE posts (id text PRIMARY KEY, a text NOT NULL)',
    after: posts({ a: { type: 'int' } }),
    step: 'change the type of a from text to integer',
    advice: 'Add a column of type integer',
  },
  {
    name: 'another key',
    sql: 'CREATE TABLE posts (id text, b text PRIMARY KEY)',
    after: posts({ b: { type: 'string' } }),
    step: 'change the primary key from (b) to (id)',
    advice: 'SQL of your own',
  },
  {
    name: 'a view in a table’s place',
    sql: `CREATE VIEW posts AS SELECT 'x' AS id`,
    after: posts({}),
    step: 'posts is a view in the database, not a table',
    advice: 'another name',
  },
  {
    name: 'a required column without a default, where there are rows',
    sql: `CREATE TABLE posts (id text PRIMARY KEY); INSERT INTO posts VALUES ('1')`,
    after: posts({ a: { type: 'int' } }),
    step: 'add column a, not null and without a default, to a table with rows',
    advice: 'nullable',
  },
  {
    name: 'an expression as a default',
    sql: 'CREATE TABLE posts (id text PRIMARY KEY)',
    after: posts({ a: { ...text, default: { kind: 'native', sql: 'pg_sleep(1000)::text' } } }),
    step: 'add column a: the default of a is an expression of the database’s own'.replace('’', "'"),
    advice: 'adopted',
  },
  {
    name: 'an index name that something else has',
    sql: 'CREATE TABLE posts (id text PRIMARY KEY, a text); CREATE SEQUENCE taken',
    after: posts({ a: text }, { indexes: [{ columns: ['a'], name: 'taken' }] }),
    step: 'add index on (a)',
    advice: 'another name',
  },
  {
    name: 'an index of a partitioned table',
    sql: 'CREATE TABLE posts (id text PRIMARY KEY, a text) PARTITION BY HASH (id)',
    after: posts({ a: text }, { indexes: [{ columns: ['a'] }] }),
    step: 'add index on (a)',
    advice: 'SQL of your own',
  },
  {
    name: 'a generated column where an ordinary one is declared',
    sql: `CREATE TABLE posts (id text PRIMARY KEY, a text GENERATED ALWAYS AS (upper(id)) STORED)`,
    after: posts({ a: text }),
    step: 'a is written by the database alone in the database',
    advice: 'readOnly',
  },
  {
    name: 'a reference between columns of two collations of their own, that no statement could follow',
    sql: `CREATE TABLE posts (id text COLLATE "C" PRIMARY KEY, a text COLLATE "en-x-icu" REFERENCES posts, b text REFERENCES posts,
      c text COLLATE "C" REFERENCES posts)`,
    after: posts({ a: self, b: self, c: self }),
    step: 'a refers to posts.id, whose collation is "C", not "en-x-icu": PostgreSQL cannot compare them',
    advice: 'Remove `references`',
  },
];

test.each(refused)('unsupported, with advice: $name', async ({ sql, after, step, advice }) => {
  const scratch = await database.empty();
  await scratch.run(sql);

  const { steps } = await scratch.plan([after]);
  const unsupported = steps.filter((one) => one.class === 'unsupported');

  expect(unsupported.map((one) => one.what)).toEqual([step]);
  expect(unsupported[0]?.advice).toContain(advice);
  await expect(scratch.migrate([after])).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await scratch.rest([after])).drift).toBe(steps.length);
});
