import { expect, test } from 'vitest';
import { type ChangeCase, changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const users = declare('users');
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const text: ColumnParts = { type: 'string', nullable: true };

const database = changeTester();

const cases: ChangeCase[] = [
  {
    name: 'columns added: nullable, defaulted, unique, referring',
    before: [users, posts({})],
    after: [
      users,
      posts({
        a: text,
        b: { type: 'int', default: { kind: 'literal', value: 1 } },
        c: { type: 'uuid', default: { kind: 'uuid_v4' } },
        d: { ...text, unique: true, references: { table: 'users', onDelete: 'set_null' } },
      }),
    ],
    steps: [
      'safe: add column a',
      'safe: add column b',
      'safe: add column c',
      'safe: add column d',
      'destructive: add unique index on (d)',
      'safe: add foreign key d → users (id)',
    ],
  },
  {
    name: 'a column that is required, added to a table without rows',
    before: [posts({})],
    after: [posts({ a: { type: 'int' } })],
    steps: ['safe: add column a'],
  },
  {
    name: 'a column dropped',
    before: [posts({ a: text })],
    after: [posts({})],
    steps: ['destructive: drop column a and its values'],
  },
  {
    name: 'a column dropped, with its indexes and its foreign key',
    before: [
      users,
      posts(
        { a: { ...text, unique: true, references: { table: 'users' } }, b: text },
        { indexes: [{ columns: ['b', 'a'] }] },
      ),
    ],
    after: [users, posts({ b: text })],
    steps: ['destructive: drop column a and its values'],
  },
  {
    name: 'types widened',
    before: [
      posts({
        a: { type: 'int' },
        b: { type: 'string', native: 'varchar(10)', default: { kind: 'literal', value: 'x' } },
        c: { type: 'string', native: 'varchar(10)' },
        d: { type: 'decimal', precision: 5, scale: 2 },
        e: { type: 'decimal', precision: 5, scale: 2 },
        f: { type: 'int', native: 'smallint' },
        g: { type: 'float', native: 'real' },
        h: { type: 'timestamp', native: 'timestamptz(0)' },
        i: { type: 'string', native: 'char(3)' },
      }),
    ],
    after: [
      posts({
        a: { type: 'bigint' },
        b: { type: 'string', default: { kind: 'literal', value: 'x' } },
        c: { type: 'string', native: 'varchar(20)' },
        d: { type: 'decimal', precision: 8, scale: 2 },
        e: { type: 'decimal' },
        f: { type: 'int' },
        g: { type: 'float' },
        h: { type: 'timestamp' },
        i: { type: 'string' },
      }),
    ],
    steps: [
      'safe: change the type of a from integer to bigint',
      'safe: change the type of b from character varying(10) to text',
      'safe: change the type of c from character varying(10) to character varying(20)',
      'safe: change the type of d from numeric(5,2) to numeric(8,2)',
      'safe: change the type of e from numeric(5,2) to numeric',
      'safe: change the type of f from smallint to integer',
      'safe: change the type of g from real to double precision',
      'safe: change the type of h from timestamp(0) with time zone to timestamp with time zone',
      'safe: change the type of i from character(3) to text',
    ],
  },
  {
    name: 'a key widened while others refer to it',
    before: [
      declare('users', { id: { generate: 'client', type: 'int' } }),
      posts({ u: { type: 'int', references: { table: 'users' } } }),
    ],
    after: [
      declare('users', { id: { generate: 'client', type: 'bigint' } }),
      posts({ u: { type: 'bigint', references: { table: 'users' } } }),
    ],
    steps: ['safe: change the type of id from integer to bigint', 'safe: change the type of u from integer to bigint'],
  },
  {
    name: 'types narrowed, where the values fit',
    before: [posts({ a: { type: 'bigint' }, b: { type: 'string' }, c: { type: 'decimal', precision: 8, scale: 2 } })],
    sql: `INSERT INTO posts VALUES ('1', 7, 'abc', 1.50)`,
    after: [
      posts({
        a: { type: 'int' },
        b: { type: 'string', native: 'varchar(3)' },
        c: { type: 'decimal', precision: 4, scale: 1 },
      }),
    ],
    steps: [
      'destructive: change the type of a from bigint to integer',
      'destructive: change the type of b from text to character varying(3)',
      'destructive: change the type of c from numeric(8,2) to numeric(4,1)',
    ],
  },
  {
    name: 'nullability both ways',
    before: [posts({ a: text, b: { type: 'string' } })],
    sql: `INSERT INTO posts VALUES ('1', 'x', 'y')`,
    after: [posts({ a: { type: 'string' }, b: text })],
    steps: ['safe: allow null in b', 'destructive: forbid null in a'],
  },
  {
    name: 'defaults set, changed and dropped',
    before: [
      posts({
        a: text,
        b: { ...text, default: { kind: 'literal', value: 'x' } },
        c: { type: 'int', default: { kind: 'literal', value: 1 } },
      }),
    ],
    after: [
      posts({
        a: { ...text, default: { kind: 'literal', value: 'now' } },
        b: { ...text, default: { kind: 'literal', value: 'y' } },
        c: { type: 'int' },
      }),
    ],
    steps: ['safe: change the default of a', 'safe: change the default of b', 'safe: change the default of c'],
  },
];

test.each(cases)('planned, applied and then done: $name', async (change) => {
  const { steps, rest } = await database.make(change);
  expect(steps).toEqual(change.steps);
  expect(rest).toEqual({ steps: [], drift: 0 });
});
