import { expect, test } from 'vitest';
import { applyPhase } from './apply-steps.ts';
import { type LockedDatabase, newLockHolder, withDatabaseLock } from './database-lock.ts';
import type { Phase, SchemaPlan } from './schema-plan.ts';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';
import type { ScratchDatabase } from './testing/scratch-database.ts';

const database = changeTester();
const text: ColumnParts = { type: 'string', nullable: true };
const required: ColumnParts = { type: 'string' };
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });

/** The steps of a plan by phase, in words; what a step does in another phase than its own is told by its SQL. */
function byPhase({ steps }: SchemaPlan): string[] {
  return steps.flatMap((step) => [
    ...step.groups.flatMap(({ phase, statements }) => (phase === undefined ? [] : `${phase}: ${statements.join()}`)),
    `${step.phase}: ${step.what}`,
  ]);
}

function locked<T>(scratch: ScratchDatabase, work: (locked: LockedDatabase) => Promise<T>): Promise<T> {
  return withDatabaseLock(scratch.sql, newLockHolder(), work);
}

function run(scratch: ScratchDatabase, plan: SchemaPlan, ...phases: Phase[]): Promise<void> {
  return locked(scratch, async (lock) => {
    for (const phase of phases) await applyPhase(lock, { plan, phase }, { lockTimeoutMs: 100, retryForMs: 300 });
  });
}

test('what both releases can work with comes first, then what may be refused, then what neither can wait for, then what takes away', async () => {
  const scratch = await database.empty();
  const old = declare('old', { columns: { p: { ...text, references: { table: 'posts' } } } });
  const before = posts({
    a: text,
    b: { ...required, default: { kind: 'literal', value: 'x' } },
    c: required,
    d: { ...text, unique: true },
    e: { ...text, references: { table: 'posts' } },
    f: { ...required, native: 'varchar(10)', default: { kind: 'literal', value: 'x' } },
    g: text,
  });
  await scratch.migrate([before, old]);
  const after = posts({
    a: required,
    b: required,
    d: text,
    e: text,
    f: { ...required, native: 'varchar(20)', default: { kind: 'literal', value: 'y' } },
    h: { ...text, renamedFrom: 'g', unique: true },
    i: { ...text, references: { table: 'posts' } },
  });
  const plan = await scratch.plan([after], { previous: [before, old] });
  expect(byPhase(plan)).toEqual([
    'expand: change the type of f from character varying(10) to character varying(20)',
    'expand: change the default of f',
    'expand: add column i',
    'expand: add unique index on (h)',
    'expand: add foreign key i → posts (id)',
    'guard: forbid null in a',
    'switch: rename column g to h',
    'contract: drop foreign key e → posts (id)',
    'contract: drop unique index posts_d_key on (d)',
    'contract: drop table old and all of its rows',
    'switch: ALTER TABLE "public"."posts" ALTER COLUMN "c" DROP NOT NULL',
    'contract: drop column c and its values',
    'contract: change the default of b',
  ]);
  await scratch.migrate([after], { previous: [before, old] });
  expect(await scratch.rest([after])).toEqual({ steps: [], drift: 0 });
});

test('from the switch on, rows can be written by the next release, and no longer need what is going to be dropped', async () => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: required, b: text })]);
  await run(scratch, await scratch.plan([posts({ b: text })]), 'expand', 'switch');
  await scratch.run(`INSERT INTO posts (id, b) VALUES ('1', 'x')`);
});

test('null in a column that forbids it is found out before the release moves, and changes nothing', async () => {
  const scratch = await database.empty();
  await scratch.migrate([declare('posts', { columns: { a: text, b: text } })]);
  await scratch.run(`INSERT INTO posts VALUES ('1', NULL, 'x')`);
  const after = [
    declare('people', { renamedFrom: 'posts', columns: { c: { ...required, renamedFrom: 'a' }, b: text } }),
  ];
  const plan = await scratch.plan(after);
  await expect(run(scratch, plan, 'expand')).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'Changing people failed at "forbid null in c": a row holds null',
    details: { sqlState: '23502' },
  });
  expect(await scratch.rest([declare('posts', { columns: { a: text, b: text } })])).toEqual({ steps: [], drift: 0 });
  await scratch.run('DELETE FROM posts');
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('checks are loosened and tightened before the release moves, and rows that stand in the way are found before anything is forbidden', async () => {
  const scratch = await database.empty();
  const status = (...values: string[]) => ({ ...text, enum: values, enforce: true });
  await scratch.migrate([posts({ a: status('x', 'y'), b: status('x', 'y'), c: status('x', 'y') })]);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'x', 'y', 'x')`);
  const after = [
    posts({ a: status('x', 'y', 'z'), d: { ...status('x'), renamedFrom: 'b' }, c: { ...text, enum: ['x'] } }),
  ];
  const plan = await scratch.plan(after);
  expect(byPhase(plan)).toEqual([
    'expand: check that a is one of x, y, z',
    'guard: check that d is one of x',
    'switch: rename column b to d',
    'switch: drop the check of c',
  ]);
  await expect(run(scratch, plan, 'expand')).rejects.toMatchObject({ details: { step: 'check that d is one of x' } });
  await scratch.run(`UPDATE posts SET b = 'x'`);
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('what may fail or take its time on a table that is renamed is done by its old names', async () => {
  const scratch = await database.empty();
  const before = [declare('users'), posts({ a: { ...text, native: 'varchar(9)' }, b: text })];
  await scratch.migrate(before);
  await scratch.run(`INSERT INTO posts VALUES ('1', 'x', 'nobody'), ('2', 'x', NULL)`);
  const after = [
    declare('people', { renamedFrom: 'users', columns: { age: text } }),
    declare('texts', {
      renamedFrom: 'posts',
      columns: {
        head: {
          ...text,
          native: 'varchar(99)',
          renamedFrom: 'a',
          unique: true,
          default: { kind: 'literal', value: '"a"' },
        },
        author: { ...text, renamedFrom: 'b', references: { table: 'people' } },
      },
      indexes: [{ columns: ['author', 'head'] }],
    }),
  ];
  const fails = async (reason: string) => {
    const applied = scratch.migrate(after);
    await expect(applied).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(reason) });
    expect((await scratch.rest(after)).steps.filter((step) => step.includes('rename'))).toHaveLength(4);
  };
  await fails('duplicates');
  await scratch.run(`DELETE FROM posts WHERE id = '2'`);
  await fails('not there');
  await scratch.run(`INSERT INTO users VALUES ('nobody')`);
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('names that renames set free are used after them, and not before', async () => {
  const scratch = await database.empty();
  await scratch.migrate([declare('users'), posts({ a: text })]);
  const after = [
    declare('people', { renamedFrom: 'users' }),
    declare('users', { columns: { p: { ...text, references: { table: 'people' } } } }),
    posts(
      {
        b: { ...text, renamedFrom: 'a', references: { table: 'people' } },
        a: { ...text, unique: true, references: { table: 'users' } },
      },
      { indexes: [{ columns: ['id'], where: "b > 'x'" }] },
    ),
  ];
  const plan = await scratch.migrate(after);
  expect(byPhase(plan).filter((step) => step.startsWith('expand'))).toEqual([
    'expand: add foreign key b → people (id)',
  ]);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('renames happen all at once', async () => {
  const scratch = await database.empty();
  await scratch.migrate([declare('users'), posts({ a: text })]);
  const after = [declare('people', { renamedFrom: 'users' }), posts({ b: { ...text, renamedFrom: 'a' } })];
  const plan = await scratch.plan(after);
  const blocker = await scratch.sql.reserve();
  await blocker`BEGIN`;
  await blocker`SELECT FROM posts`;
  await expect(run(scratch, plan, 'switch')).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await scratch.rest(after)).steps).toHaveLength(2);
  await blocker`COMMIT`;
  blocker.release();
  await run(scratch, plan, 'switch');
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test.each([
  ['another definition', { a: text, b: text }],
  ['a column that is dropped', { a: text }],
])('an index makes way for one of its name: %s', async (_, columns) => {
  const scratch = await database.empty();
  await scratch.migrate([posts({ a: text, b: text }, { indexes: [{ name: 'by_a', columns: ['a', 'b'] }] })]);
  const after = [posts(columns, { indexes: [{ name: 'by_a', columns: ['a'] }] })];
  await scratch.migrate(after);
  expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });
});

test('a lock on a database is shared by the connections of one apply, and by no other', async () => {
  const scratch = await database.empty();
  const holder = newLockHolder();
  const other = newLockHolder();
  await withDatabaseLock(scratch.sql, holder, async () => {
    await expect(withDatabaseLock(scratch.sql, other, async () => 'in')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await withDatabaseLock(scratch.sql, holder, async () => 'in')).toBe('in');
    await expect(withDatabaseLock(scratch.sql, other, async () => 'in')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
  expect(await withDatabaseLock(scratch.sql, other, async () => 'in')).toBe('in');
});

test('a lock that is lost with its session cannot be confirmed', async () => {
  const scratch = await database.empty();
  await locked(scratch, async ({ confirm }) => {
    await confirm();
    await scratch.sql`
      SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1398033236
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect(confirm()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
