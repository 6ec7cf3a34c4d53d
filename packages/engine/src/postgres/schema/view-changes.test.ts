import type { Column, Table } from '@santokit/contract';
import { describe, expect, test } from 'vitest';
import { findDrift } from './find-drift.ts';
import { introspect } from './introspect.ts';
import { planSchema } from './plan-schema.ts';
import { changeTester } from './testing/change-case.ts';
import { declare } from './testing/declare.ts';

const database = changeTester();

const text: Column = { name: 'name', type: 'string', nullable: true };
const names: Table = {
  name: 'names',
  connection: 'main',
  view: true,
  key: { columns: [] },
  columns: { name: text },
  indexes: [],
  relations: {},
};
const users = declare('users', { columns: { name: { type: 'string' } } });

describe('a view is never made, changed or dropped', () => {
  test.each([
    ['that is not there', 'SELECT', 'the view names is not in the database', 'Create it by SQL'],
    ['that is a table', 'CREATE TABLE names (name text)', 'names is a table in the database, not a view', 'view: true'],
    [
      'without a column',
      'CREATE VIEW names AS SELECT FROM users',
      'the view names has no column name',
      'stk schema pull',
    ],
    [
      'with a column of another type',
      'CREATE MATERIALIZED VIEW names AS SELECT 1 AS name',
      'the column name of the view names is integer in the database, not text',
      'stk schema pull',
    ],
    [
      'with a further column',
      'CREATE VIEW names AS SELECT name, id FROM users',
      'the view names has a column id that is not declared',
      'stk schema pull',
    ],
  ])('%s it is told', async (_, sql, step, advice) => {
    const scratch = await database.empty();
    await scratch.migrate([users]);
    await scratch.run(sql);

    const { steps } = await scratch.plan([users, names]);

    expect(steps).toMatchObject([
      { table: 'names', class: 'unsupported', what: step, advice: expect.stringContaining(advice), groups: [] },
    ]);
    await expect(scratch.migrate([users, names])).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await scratch.rest([users, names])).drift).toBe(1);
  });

  test('that is declared no more, or a table since', async () => {
    const scratch = await database.empty();
    await scratch.migrate([users]);
    await scratch.run('CREATE VIEW names AS SELECT name FROM users');
    expect((await scratch.plan([users], { previous: [users, names] })).steps).toEqual([]);

    await scratch.run('DROP VIEW names; CREATE TABLE names (id text PRIMARY KEY)');
    expect((await scratch.plan([users], { previous: [users, names] })).steps).toEqual([]);
  });

  test('nor the schema that it would be in', async () => {
    const scratch = await database.empty();
    const { steps } = await scratch.plan([{ ...names, schema: 'reports' }]);
    expect(steps.map(({ what }) => what)).toEqual(['the view names is not in the database']);
  });
});

test('a reference with a view stands for no foreign key', async () => {
  const scratch = await database.empty();
  await scratch.migrate([users]);
  await scratch.run('CREATE VIEW names AS SELECT name FROM users');
  const keyed = { ...names, key: { columns: ['name'], generate: 'client' as const } };
  const tags = declare('tags', { columns: { of: { type: 'string', references: { table: 'names', column: 'name' } } } });

  const { steps } = await scratch.migrate([users, keyed, tags]);

  expect(steps.map(({ what }) => what)).toEqual(['create table tags']);
  expect(await scratch.rest([users, keyed, tags])).toEqual({ steps: [], drift: 0 });
});

describe('what a view is made of', () => {
  const prepare = async () => {
    const scratch = await database.empty();
    await scratch.run(`
      CREATE SCHEMA reports; CREATE TABLE users (id text PRIMARY KEY, name varchar(10), age int, extra text);
      CREATE VIEW names AS SELECT name FROM users; CREATE MATERIALIZED VIEW reports.ages AS SELECT age, name FROM users;
      CREATE RULE noted AS ON DELETE TO users DO ALSO NOTIFY users; CREATE RULE told AS ON UPDATE TO users WHERE old.age > 1 DO INSTEAD NOTHING`);
    const { tables } = await scratch.pull();
    const [pulled, views] = [tables.filter(({ view }) => !view), tables.filter(({ view }) => view)];
    return { scratch, users: pulled[0] ?? users, views };
  };

  test('is neither dropped nor changed in type, and the views are named', async () => {
    const { scratch, users: before, views } = await prepare();
    const { age: _, extra: __, name = text, ...columns } = before.columns;
    const after: Table = {
      ...before,
      columns: { ...columns, name: { ...name, name: 'name', native: 'character varying(20)' } },
    };

    const { steps } = await scratch.plan([after, ...views]);

    expect(steps.map((step) => `${step.class}: ${step.what}`).sort()).toEqual([
      'destructive: drop column extra and its values',
      'unsupported: change the type of name from character varying(10) to character varying(20): materialized view reports.ages, view names read it',
      'unsupported: drop column age: materialized view reports.ages, rule told of users read it',
    ]);
    const [step] = steps.filter((one) => one.what.startsWith('change'));
    expect(step?.advice).toBe(
      'Drop materialized view reports.ages, view names by SQL of your own, apply, and create them anew as the tables are then.',
    );
  });

  test('is not dropped as a table either', async () => {
    const { scratch, users: before, views } = await prepare();
    const { steps } = await scratch.plan(views, { previous: [before, ...views] });
    expect(steps.map(({ what }) => what)).toEqual([
      'drop table users: materialized view reports.ages, view names read it',
    ]);
  });

  test('may be renamed', async () => {
    const { scratch, users: before, views } = await prepare();
    const { name = text, ...columns } = before.columns;
    const renamed: Table = {
      ...before,
      name: 'people',
      renamedFrom: 'users',
      columns: { ...columns, called: { ...name, name: 'called', renamedFrom: 'name' } },
    };

    await scratch.migrate([renamed, ...views]);

    expect(await scratch.rest([renamed, ...views])).toEqual({ steps: [], drift: 0 });
  });
});

test('drift tells what a view has become', async () => {
  const scratch = await database.empty();
  await scratch.run(`CREATE VIEW names AS SELECT 1 AS name, 'x' AS more`);
  const live = await introspect(scratch.sql);
  expect(findDrift({ connection: 'main', declared: [names, { ...names, name: 'gone' }], live })).toEqual([
    { connection: 'main', table: 'names', what: 'column name', expected: 'text', actual: 'integer' },
    { connection: 'main', table: 'names', what: 'column more', expected: null, actual: 'text' },
    { connection: 'main', table: 'gone', what: 'view', expected: 'gone', actual: null },
  ]);
});

test('no index is advised for a view', async () => {
  const scratch = await database.empty();
  await scratch.migrate([users]);
  await scratch.run('CREATE VIEW names AS SELECT name FROM users');
  const reference = { table: 'users', column: 'id', onDelete: 'restrict', onUpdate: 'restrict' } as const;
  const referring = {
    ...names,
    columns: { name: { ...names.columns.name, name: 'name', type: 'string', nullable: true, references: reference } },
  } satisfies Table;
  const plan = planSchema({ declared: [users, referring], live: await introspect(scratch.sql), connection: 'main' });
  expect(plan).toMatchObject({ steps: [], warnings: [] });
});
