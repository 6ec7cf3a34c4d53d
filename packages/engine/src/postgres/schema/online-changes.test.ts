import type { Table } from '@santokit/contract';
import { expect, test } from 'vitest';
import { applySteps } from './apply-steps.ts';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare, type TableParts } from './testing/declare.ts';
import type { ScratchDatabase } from './testing/scratch-database.ts';
import { upTo } from './testing/up-to.ts';

const database = changeTester();
const NOTHING = { steps: [], drift: 0 };
const posts = (columns: Record<string, ColumnParts>, parts: TableParts = {}) => declare('posts', { ...parts, columns });

const uuid = { type: 'uuid', default: { kind: 'uuid_v4' } } as const satisfies ColumnParts;
const amount = (type: 'int' | 'bigint'): ColumnParts => ({
  type,
  default: { kind: 'literal', value: type === 'int' ? 7 : '7' },
  description: 'How many',
  min: '0',
  enforce: true,
});
const indexes = [
  { columns: ['b', 'a'] },
  { columns: ['a'], unique: true },
  { columns: ['a'], where: 'b > 3', name: 'by "a"' },
];
const BEFORE = [posts({ a: amount('int'), b: { type: 'int', nullable: true } }, { indexes })];
const AFTER = [
  posts(
    { a: amount('bigint'), b: { type: 'int', nullable: true }, u: uuid, v: { ...uuid, nullable: true } },
    { indexes },
  ),
];

/** A table with rows, dead ones among them. */
async function filled(rows = 2_000): Promise<ScratchDatabase> {
  const scratch = await database.empty();
  await scratch.migrate(BEFORE);
  await scratch.run(`
    INSERT INTO posts SELECT n::text, n, nullif(n % 7, 0) FROM generate_series(1, ${rows}) n;
    UPDATE posts SET b = b + 1 WHERE b = 3`);
  return scratch;
}

/** What the catalogues have of the table, all but the order of its columns. */
async function catalogue(scratch: ScratchDatabase): Promise<unknown> {
  const { tables } = await scratch.pull();
  const [found] = await scratch.sql`
    SELECT (SELECT jsonb_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'posts'::regclass) AS indexes,
           (SELECT jsonb_agg(conname ORDER BY conname) FROM pg_constraint WHERE conrelid = 'posts'::regclass) AS constraints,
           (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'posts'::regclass AND NOT tgisinternal) AS triggers,
           (SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('santokit')) AS functions`;
  return { found, columns: Object.fromEntries(tables.flatMap((table) => Object.entries(table.columns))) };
}

async function expectFilled(scratch: ScratchDatabase, rows: number): Promise<void> {
  const [row] = await scratch.sql`
    SELECT count(*)::int, count(DISTINCT u)::int AS u, count(DISTINCT v)::int AS v,
           count(*) FILTER (WHERE id::bigint = a)::int AS a FROM posts`;
  expect(row).toEqual({ count: rows, u: rows, v: rows, a: rows });
}

test('a column is widened and one of random values added in batches, and nothing else is left changed', async () => {
  const scratch = await filled();
  const before = (await catalogue(scratch)) as { found: object; columns: Record<string, object> };
  const { steps } = await scratch.migrate(AFTER);

  expect(steps.map(({ what, lock, rewrites }) => [what, lock.includes('in batches'), rewrites])).toEqual([
    ['drop the check of a', false, false],
    ['change the type of a from integer to bigint', true, false],
    ['add column u', true, false],
    ['add column v', true, false],
    ['check that a is at least 0', false, false],
  ]);
  await expectFilled(scratch, 2_000);
  expect(await scratch.rest(AFTER)).toEqual(NOTHING);
  const { columns, found } = (await catalogue(scratch)) as typeof before;
  expect({ ...columns.a, type: 'int', default: { kind: 'literal', value: 7 } }).toEqual(before.columns.a);
  expect(found).toEqual({ ...before.found, constraints: expect.arrayContaining(['posts_a_not_null']) });
});

test('rows that are written meanwhile have their values too', async () => {
  const scratch = await filled(20_000);
  let isDone = false;
  let written = 0;
  const write = async () => {
    while (!isDone) {
      const id = String(30_000 + ++written);
      await scratch.sql`INSERT INTO posts (id, a) VALUES (${id}, ${id}::bigint)`;
      await scratch.sql`UPDATE posts SET b = coalesce(b, 0) + 1 WHERE id = ${String(1 + ((written * 7_919) % 20_000))}`;
    }
  };
  const writing = Promise.all([write(), write()]);
  await scratch.migrate(AFTER).finally(() => {
    isDone = true;
  });
  await writing;
  await expectFilled(scratch, 20_000 + written);
  expect(await scratch.rest(AFTER)).toEqual(NOTHING);
});

test('wherever it is interrupted, files and drift know nothing of it, and the next apply finishes it or undoes it', {
  timeout: 120_000,
}, async () => {
  const scratch = await filled(300);
  const pulled = (await scratch.pull()).tables;
  const before = await catalogue(scratch);
  const whole = await scratch.plan(AFTER);
  const length = whole.steps.flatMap((step) => step.groups).length;
  expect(length).toBeGreaterThan(18);
  const names = (tables: readonly Table[]) =>
    tables.flatMap((table) => Object.keys(table.columns)).filter((name) => name.startsWith('stk_'));
  for (let done = 1; done < length; done++) {
    for (const end of [BEFORE, AFTER]) {
      await applySteps(scratch.sql, upTo(await scratch.plan(AFTER), done));
      expect(names((await scratch.pull()).tables)).toEqual([]);
      if (end === BEFORE) {
        await scratch.migrate(pulled, { previous: AFTER });
        expect([done, await scratch.rest(pulled)]).toEqual([done, NOTHING]);
        expect([done, await catalogue(scratch)]).toEqual([done, before]);
      } else {
        await scratch.migrate(AFTER);
        expect([done, await scratch.rest(AFTER)]).toEqual([done, NOTHING]);
        await expectFilled(scratch, 300);
        await filled(300);
      }
    }
  }
});

test('a column that is renamed and widened at once keeps its values, and so it does where a widening was interrupted before', async () => {
  const renamed = [
    declare('texts', {
      renamedFrom: 'posts',
      columns: {
        c: { ...amount('bigint'), renamedFrom: 'a' },
        b: { type: 'int', nullable: true },
        u: uuid,
        v: { ...uuid, nullable: true },
      },
      indexes: indexes.map((index) => ({ ...index, columns: index.columns.map((one) => (one === 'a' ? 'c' : one)) })),
    }),
  ];
  for (const done of [0, 5]) {
    const scratch = await filled();
    await applySteps(scratch.sql, upTo(await scratch.plan(AFTER), done));
    await scratch.migrate(renamed);
    expect([done, await scratch.rest(renamed)]).toEqual([done, NOTHING]);
    const [row] = await scratch.sql`SELECT count(*) FILTER (WHERE id::bigint = c)::int AS kept FROM texts`;
    expect(row).toEqual({ kept: 2_000 });
    const functions = await scratch.sql`SELECT proname FROM pg_proc WHERE pronamespace = 'santokit'::regnamespace`;
    expect(functions).toEqual([]);
  }
});
