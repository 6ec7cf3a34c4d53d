import { expect, test } from 'vitest';
import { type ChangeCase, changeTester } from './testing/change-case.ts';
import { declare, type TableParts } from './testing/declare.ts';

const database = changeTester();
const posts = (parts: TableParts, description?: string) =>
  declare('posts', {
    ...parts,
    columns: { a: { type: 'string', nullable: true, ...(description === undefined ? {} : { description }) } },
  });

const cases: ChangeCase[] = [
  {
    name: 'given to a table and a column that are there',
    before: [posts({})],
    after: [posts({ description: `it's "quoted" \\ and\n\tüñí` }, 'of a')],
    steps: ['safe: describe table posts', 'safe: describe column a'],
  },
  {
    name: 'changed, and taken away by an empty one',
    before: [posts({ description: 'one' }, 'of a')],
    after: [posts({ description: 'two' }, '')],
    steps: ['safe: describe table posts', 'safe: remove the description of column a'],
  },
  {
    name: 'that nobody declares are left as they are',
    before: [posts({})],
    sql: `COMMENT ON TABLE posts IS 'of others'; COMMENT ON COLUMN posts.a IS 'too'; COMMENT ON COLUMN posts.id IS 'key'`,
    after: [posts({})],
    steps: [],
  },
  {
    name: 'of what is created come with it',
    before: [posts({})],
    after: [
      posts({}),
      declare('more', {
        description: 'all',
        columns: { b: { type: 'int', description: 'each' }, c: { type: 'int', description: '' } },
      }),
    ],
    steps: ['safe: create table more'],
  },
  {
    name: 'of columns added and renamed, also of a table renamed',
    before: [posts({}, 'old')],
    after: [
      declare('articles', {
        renamedFrom: 'posts',
        columns: {
          b: { type: 'string', nullable: true, renamedFrom: 'a', description: 'new' },
          c: { type: 'uuid', default: { kind: 'uuid_v4' }, description: 'added' },
          d: { type: 'int', nullable: true, description: 'too' },
        },
      }),
    ],
    steps: [
      'safe: add column c',
      'safe: add column d',
      'safe: describe column b',
      'safe: rename table posts to articles',
      'safe: rename column a to b',
    ],
  },
];

test.each(cases)('descriptions $name', async (change) => {
  const { steps, rest } = await database.make(change);
  expect(steps).toEqual(change.steps);
  expect(rest).toEqual({ steps: [], drift: 0 });
});

test('a comment that was changed by hand is drift, and is pulled', async () => {
  const scratch = await database.empty();
  const declared = [posts({ description: 'of posts' }, 'of a')];
  await scratch.migrate(declared);
  await scratch.run(`COMMENT ON TABLE posts IS 'other'; COMMENT ON COLUMN posts.a IS NULL`);

  expect(await scratch.rest(declared)).toMatchObject({ drift: 2 });
  const { tables } = await scratch.pull();
  expect(tables[0]).toMatchObject({ description: 'other', columns: { a: { name: 'a' } } });
  expect(tables[0]?.columns.a).not.toHaveProperty('description');
});
