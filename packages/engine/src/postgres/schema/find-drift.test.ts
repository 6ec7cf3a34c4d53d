import { expect, test } from 'vitest';
import { connect } from '../connect.ts';
import { findDrift } from './find-drift.ts';
import { introspect } from './introspect.ts';
import { planSchema } from './plan-schema.ts';
import { changeTester } from './testing/change-case.ts';
import { declare } from './testing/declare.ts';

const tester = changeTester();
const users = declare('users');
const posts = declare('posts', {
  columns: {
    a: { type: 'string', native: 'varchar(20)', default: { kind: 'literal', value: 'x' } },
    b: { type: 'int', nullable: true },
    u: { type: 'string', nullable: true, references: { table: 'users' } },
  },
  indexes: [{ columns: ['b'] }],
});

test('every difference is listed with what was expected and what is there', async () => {
  const scratch = await tester.empty();
  await scratch.migrate([users, posts]);
  await scratch.run(`
    ALTER TABLE posts ALTER a TYPE text, ALTER a SET DEFAULT 'y', ALTER a DROP NOT NULL, ALTER b SET NOT NULL, ADD extra inet,
      DROP CONSTRAINT posts_u_fkey, ADD FOREIGN KEY (u) REFERENCES users ON DELETE CASCADE;
    DROP INDEX posts_b_idx; CREATE UNIQUE INDEX added ON posts (a) WHERE b > 1;
    CREATE TABLE undeclared (id int)`);

  // By way of the pool that programs use, whose settings are not those of the tests.
  const database = connect({ url: scratch.url });
  const live = await introspect(database.sql);
  await database.close(1_000);
  const drift = findDrift({ declared: [users, posts], live, connection: 'main' });

  expect(drift.map(({ what, expected, actual }) => [what, expected, actual])).toEqual([
    ['index added', null, 'unique (a) where (b > 1)'],
    ['nullability of b', 'nullable', 'not null'],
    ['column extra', null, 'inet'],
    ['type of a', 'character varying(20)', 'text'],
    ['default of a', "'x'", "'y'::text"],
    ['nullability of a', 'not null', 'nullable'],
    ['index posts_b_idx', '(b)', null],
    [
      'foreign key of u',
      'users (id), on delete restrict, on update restrict',
      'users (id), on delete cascade, on update no_action',
    ],
  ]);
  for (const entry of drift) expect(entry).toMatchObject({ connection: 'main', table: 'posts' });
});

test('a foreign key without an index is warned about, with the lines that add one', async () => {
  const scratch = await tester.empty();
  await scratch.migrate([users, posts]);
  const live = await introspect(scratch.sql);

  expect(planSchema({ declared: [users, posts], live, connection: 'main' })).toMatchObject({
    steps: [],
    warnings: ['posts.u refers to users but has no index; add under posts: indexes: [{ columns: [u] }]'],
  });
});

test('a plan has the same hash each time, and another one for other steps', async () => {
  const scratch = await tester.empty();
  const [first, again, other] = [
    await scratch.plan([users]),
    await scratch.plan([users]),
    await scratch.plan([posts, users]),
  ];

  expect(first.planHash).toMatch(/^[0-9a-f]{64}$/);
  expect(again.planHash).toBe(first.planHash);
  expect(other.planHash).not.toBe(first.planHash);
});

test('what steps are still to change is no drift, and everything else is', async () => {
  const scratch = await tester.empty();
  const text = { type: 'string', nullable: true } as const;
  await scratch.migrate([declare('posts', { columns: { a: text, b: text, c: text } })]);
  const declared = [declare('posts', { columns: { a: { type: 'string' }, d: { ...text, renamedFrom: 'c' } } })];
  const { steps: pending } = await scratch.plan(declared);
  const drift = async () => {
    const options = { declared, live: await introspect(scratch.sql), connection: 'main' };
    return [findDrift(options).length, findDrift({ ...options, pending }).map(({ what }) => what)];
  };
  expect(await drift()).toEqual([3, []]);
  await scratch.run('ALTER TABLE posts ADD COLUMN stray text, ALTER COLUMN c SET NOT NULL');
  expect(await drift()).toEqual([5, ['nullability of c', 'column stray']]);
});
