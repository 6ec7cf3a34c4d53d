import { expect, test } from 'vitest';
import { type ChangeCase, changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';

const users = declare('users');
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });
const text: ColumnParts = { type: 'string', nullable: true };

const database = changeTester();

const cases: ChangeCase[] = [
  { name: 'nothing, when nothing changed', before: [users], after: [users], steps: [] },
  {
    name: 'a table with every type and default',
    after: [
      declare('everything', {
        columns: {
          a: { type: 'string', default: { kind: 'literal', value: 'it\'s \\ "q"' } },
          b: { type: 'int', default: { kind: 'literal', value: -5 } },
          c: { type: 'bigint', default: { kind: 'literal', value: '9007199254740993' } },
          d: { type: 'float', default: { kind: 'literal', value: 1.5e300 } },
          e: { type: 'decimal', precision: 12, scale: 2, default: { kind: 'literal', value: '0.10' } },
          f: { type: 'boolean', default: { kind: 'literal', value: true } },
          g: { type: 'json', default: { kind: 'literal', value: { b: [1, null], a: "it's" } } },
          g0: { type: 'json', default: { kind: 'literal', value: null } },
          h: { type: 'timestamp', default: { kind: 'now' } },
          h1: { type: 'timestamp', default: { kind: 'literal', value: '2027-01-31T12:00:00.123456+02:00' } },
          h2: { type: 'timestamp', native: 'timestamp', default: { kind: 'now' } },
          i: { type: 'date', default: { kind: 'now' } },
          j: { type: 'uuid', default: { kind: 'uuid_v4' } },
          j1: { type: 'string', default: { kind: 'uuid_v4' } },
          k: { type: 'bytes', default: { kind: 'literal', value: '3q2+7w==' } },
          l: { type: 'file', file: { bucket: 'main', onDelete: 'keep' }, nullable: true },
          m: { type: 'array', items: { type: 'string' }, default: { kind: 'literal', value: [] } },
          n: { type: 'array', items: { type: 'string' }, native: 'text[]', default: { kind: 'literal', value: [] } },
          o: { type: 'string', native: 'varchar(160)', maxLength: 160, default: { kind: 'literal', value: 'x' } },
          p: { type: 'decimal' },
          q: { type: 'int', native: 'int2', default: { kind: 'literal', value: 7 } },
        },
      }),
    ],
    steps: ['safe: create table everything'],
  },
  {
    name: 'keys of every generator, and a junction table',
    after: [
      declare('a', { id: { generate: 'auto_increment' } }),
      declare('b', { id: { generate: 'auto_increment', type: 'int', native: 'integer' } }),
      declare('c', { id: { name: 'key', generate: 'client', type: 'uuid' } }),
      declare('d', { id: { generate: 'uuid_v7' } }),
      declare('a_b', {
        link: ['a_id', 'b_id'],
        columns: {
          a_id: { type: 'bigint', references: { table: 'a' } },
          b_id: { type: 'int', references: { table: 'b' } },
        },
      }),
    ],
    steps: [
      'safe: create table a',
      'safe: create table b',
      'safe: create table c',
      'safe: create table d',
      'safe: create table a_b',
      'safe: add foreign key a_id → a (id)',
      'safe: add foreign key b_id → b (id)',
    ],
  },
  {
    name: 'tables that refer to each other and to themselves, in another schema',
    after: [
      declare('x', { schema: 'app', columns: { y_id: { ...text, references: { table: 'y' } } } }),
      declare('y', {
        schema: 'app',
        columns: {
          x_id: { ...text, references: { table: 'x', onDelete: 'cascade' } },
          y_id: { ...text, references: { table: 'y' } },
        },
      }),
    ],
    steps: [
      'safe: create schema app',
      'safe: create table x',
      'safe: create table y',
      'safe: add foreign key y_id → y (id)',
      'safe: add foreign key x_id → x (id)',
      'safe: add foreign key y_id → y (id)',
    ],
  },
  {
    name: 'renames of tables and columns, everything kept',
    before: [
      users,
      declare('articles', {
        columns: { head: { ...text, unique: true }, u: { ...text, references: { table: 'users' } } },
      }),
    ],
    sql: `INSERT INTO users VALUES ('u'); INSERT INTO articles VALUES ('1', 'h', 'u')`,
    after: [
      declare('people', { renamedFrom: 'users' }),
      declare('posts', {
        renamedFrom: 'articles',
        columns: {
          title: { ...text, unique: true, renamedFrom: 'head' },
          u: { ...text, references: { table: 'people' } },
        },
      }),
    ],
    steps: [
      'safe: rename table users to people',
      'safe: rename table articles to posts',
      'safe: rename column head to title',
    ],
  },
  {
    name: 'tables of one name in two schemas, by the names that calls have for them',
    before: [users],
    after: [
      users,
      declare('app_users', {
        schema: 'app',
        nativeName: 'users',
        columns: { u: { ...text, references: { table: 'users' } }, v: { ...text, references: { table: 'app_users' } } },
      }),
    ],
    steps: [
      'safe: create schema app',
      'safe: create table users',
      'safe: add foreign key u → users (id)',
      'safe: add foreign key v → users (id)',
    ],
  },
  {
    name: 'nothing, for a table that calls have another name for',
    before: [users],
    previous: [users],
    after: [declare('people', { nativeName: 'users' })],
    steps: [],
  },
  {
    name: 'a table that is declared no more, with what refers to it',
    before: [users, posts({ a: { ...text, references: { table: 'users' } } })],
    previous: [users, posts({ a: { ...text, references: { table: 'users' } } })],
    after: [posts({ a: text })],
    steps: ['destructive: drop foreign key a → users (id)', 'destructive: drop table users and all of its rows'],
  },
  { name: 'nothing, for a table that no release declared', before: [users], after: [], steps: [] },
  {
    name: 'numbers for a key that had none, going on after those that are there',
    before: [declare('n', { id: { generate: 'client', type: 'bigint' } })],
    sql: 'INSERT INTO n VALUES (41)',
    after: [declare('n', { id: { generate: 'auto_increment' } })],
    steps: ['safe: let the database make the values of id'],
  },
  {
    name: 'names with quotes, spaces, case and reserved words',
    after: [
      declare('Odd "table" $1', {
        schema: 'My Schema',
        columns: {
          select: { ...text, unique: true },
          "it's": { ...text, references: { table: 'Odd "table" $1' } },
          'a.b;--': { type: 'int', default: { kind: 'literal', value: 3 } },
        },
        indexes: [{ columns: ["it's", 'a.b;--'] }],
      }),
      declare('long', {
        columns: { ['c'.repeat(60)]: { ...text, unique: true }, [`${'c'.repeat(59)}d`]: { ...text, unique: true } },
      }),
    ],
    steps: [
      'safe: create schema My Schema',
      'safe: create table Odd "table" $1',
      'safe: create table long',
      `safe: add foreign key it's → Odd "table" $1 (id)`,
    ],
  },
];

test.each(cases)('planned, applied and then done: $name', async (change) => {
  const { steps, rest } = await database.make(change);
  expect(steps).toEqual(change.steps);
  expect(rest).toEqual({ steps: [], drift: 0 });
});

test('rows survive renames and widening', async () => {
  const scratch = await database.empty();
  await scratch.migrate([declare('a', { columns: { n: { type: 'int' } } })]);
  await scratch.run(`INSERT INTO a VALUES ('1', 7)`);

  await scratch.migrate([declare('b', { renamedFrom: 'a', columns: { m: { type: 'bigint', renamedFrom: 'n' } } })]);

  expect(await scratch.sql`SELECT * FROM b`).toMatchObject([{ id: '1', m: '7' }]);
});

test('an auto_increment key goes on after the greatest that was there', async () => {
  const scratch = await database.empty();
  await scratch.run('CREATE TABLE n (id bigint PRIMARY KEY, a int); INSERT INTO n VALUES (41)');
  await scratch.migrate([
    declare('n', { id: { generate: 'auto_increment' }, columns: { a: { type: 'int', nullable: true } } }),
  ]);

  expect(await scratch.sql`INSERT INTO n (a) VALUES (1) RETURNING id`).toMatchObject([{ id: '42' }]);
});
