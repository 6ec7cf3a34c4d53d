import type { Table } from '@santokit/contract';
import { expect, test } from 'vitest';
import { applySteps } from './apply-steps.ts';
import { changeTester } from './testing/change-case.ts';
import { declare } from './testing/declare.ts';
import type { ScratchDatabase } from './testing/scratch-database.ts';
import { upTo } from './testing/up-to.ts';

const database = changeTester();
const NOTHING = { steps: [], drift: 0 };

/** A tree, things that hang on it, and what links those, by keys of one type. */
const tree = (type: 'int' | 'bigint'): Table[] => {
  const id = { type, generate: 'client' } as const;
  const reference = { type, nullable: true } as const;
  return [
    declare('nodes', {
      id,
      columns: {
        parent: { ...reference, references: { table: 'nodes', onDelete: 'cascade', onUpdate: 'cascade' } },
        rank: { type, nullable: true, unique: true },
      },
      indexes: [{ columns: ['parent', 'rank'] }],
    }),
    declare('things', {
      id: { type: 'string', generate: 'client' },
      columns: {
        node: { ...reference, references: { table: 'nodes', onDelete: 'set_null', onUpdate: 'cascade' } },
        rank: { ...reference, references: { table: 'nodes', column: 'rank' } },
      },
      indexes: [{ columns: ['node'] }],
    }),
    declare('links', {
      link: ['a', 'b'],
      columns: {
        a: { type, references: { table: 'nodes', onDelete: 'cascade' } },
        b: { type, references: { table: 'nodes' } },
      },
    }),
  ];
};
const BEFORE = tree('int');
const AFTER = tree('bigint');

async function filled(rows = 300): Promise<ScratchDatabase> {
  const scratch = await database.empty();
  await scratch.migrate(BEFORE);
  await scratch.run(`
    INSERT INTO nodes (id, parent, rank) SELECT n, nullif(n / 2, 0), n FROM generate_series(1, ${rows}) n;
    INSERT INTO things (id, node, rank) SELECT n, n, n FROM generate_series(1, ${rows}) n;
    INSERT INTO links SELECT n, 1 + n % ${rows} FROM generate_series(1, ${rows}) n;
    COMMENT ON CONSTRAINT nodes_pkey ON nodes IS 'The key''s own'; COMMENT ON CONSTRAINT things_node_fkey ON things IS 'Where';
    COMMENT ON INDEX things_node_idx IS 'By node'; ALTER TABLE things ALTER CONSTRAINT things_node_fkey DEFERRABLE INITIALLY DEFERRED`);
  return scratch;
}

/** What the catalogues have of all tables, but the types and the order of columns. */
async function catalogue(scratch: ScratchDatabase): Promise<unknown> {
  const [found] = await scratch.sql`
    SELECT (SELECT jsonb_agg(pg_get_indexdef(indexrelid) || indisprimary || indisvalid || coalesce(obj_description(indexrelid), '') ORDER BY indexrelid::regclass::text)
              FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE relnamespace = 'public'::regnamespace) AS indexes,
           (SELECT jsonb_agg(jsonb_build_array(conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated, obj_description(k.oid)) ORDER BY conrelid::regclass::text, conname)
              FROM pg_constraint k WHERE connamespace = 'public'::regnamespace) AS constraints,
           (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) AS triggers,
           (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'
             WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped) AS columns,
           (SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('santokit')) AS functions`;
  return found;
}

async function types(scratch: ScratchDatabase): Promise<string[]> {
  const rows = await scratch.sql<{ type: string }[]>`
    SELECT DISTINCT atttypid::regtype::text AS type FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped ORDER BY 1`;
  return rows.map(({ type }) => type);
}

test('columns of keys and foreign keys are widened in batches, and nothing else is left changed', async () => {
  const scratch = await filled();
  const before = await catalogue(scratch);
  const { steps } = await scratch.migrate(AFTER);

  expect(steps.map(({ table, what, rewrites }) => [table, what, rewrites])).toEqual(
    ['nodes id', 'nodes parent', 'nodes rank', 'things node', 'things rank', 'links a', 'links b'].map((one) => {
      const [table, column] = one.split(' ');
      return [table, `change the type of ${column} from integer to bigint`, false];
    }),
  );
  expect(await catalogue(scratch)).toEqual(before);
  expect(await types(scratch)).toEqual(['bigint', 'text']);
  expect(await scratch.rest(AFTER)).toEqual(NOTHING);
  expect(await scratch.rest((await scratch.pull()).tables)).toEqual(NOTHING);
  const [row] = await scratch.sql`
    SELECT (SELECT count(*) FROM nodes WHERE id = rank AND parent IS NOT DISTINCT FROM nullif(id / 2, 0))::int AS nodes,
           (SELECT count(*) FROM things WHERE id::bigint = node)::int AS things, (SELECT count(*) FROM links WHERE b = 1 + a % 300)::int AS links`;
  expect(row).toEqual({ nodes: 300, things: 300, links: 300 });
});

test('foreign keys are kept to, and do what they do, in every moment of it', { timeout: 60_000 }, async () => {
  const rows = 4_000;
  const scratch = await filled(rows);
  let isDone = false;
  const refused: string[] = [];
  const expectRefused = async (statement: string) => {
    const code = await scratch.sql.unsafe(statement).then(
      () => `done: ${statement}`,
      (thrown: { code?: string }) => thrown.code,
    );
    if (code !== '23503') refused.push(String(code));
  };
  const use = async (from: number) => {
    for (let id = from; !isDone; id += 2) {
      await scratch.sql`INSERT INTO nodes (id, parent) VALUES (${id}, 1)`;
      await scratch.sql`INSERT INTO things (id, node) VALUES (${String(id)}, ${id})`;
      await scratch.sql`UPDATE nodes SET id = ${-id} WHERE id = ${id}`;
      await expectRefused(`INSERT INTO links (a, b) VALUES (${id}, 1)`);
      await expectRefused(`UPDATE links SET b = ${id} WHERE a = 7`);
      await scratch.sql`INSERT INTO links (a, b) VALUES (${-id}, 1)`;
      await scratch.sql`DELETE FROM nodes WHERE id = ${-id}`;
    }
  };
  const using = Promise.all([use(100_000), use(100_001)]);
  await scratch.migrate(AFTER).finally(() => {
    isDone = true;
  });
  await using;
  expect(refused).toEqual([]);
  const [row] = await scratch.sql`
    SELECT (SELECT count(*) FROM nodes)::int AS nodes, (SELECT count(*) FROM links)::int AS links,
           (SELECT count(*) FROM things WHERE node IS NOT NULL)::int AS things, (SELECT count(*) > 0 FROM things WHERE node IS NULL) AS freed`;
  expect(row).toEqual({ nodes: rows, links: rows, things: rows, freed: true });
  expect(await scratch.rest(AFTER)).toEqual(NOTHING);
});

/** `STK_CRASH_WALK=all` takes every place. */
const STRIDE = process.env.STK_CRASH_WALK === 'all' ? 1 : 7;

test('wherever it is interrupted, files and drift know nothing of it, and the next apply finishes it or undoes it', {
  timeout: 240_000,
}, async () => {
  const scratch = await filled(20);
  const before = await catalogue(scratch);
  const length = (await scratch.plan(AFTER)).steps.flatMap((step) => step.groups).length;
  expect(length).toBeGreaterThan(60);
  for (let done = 1, isFinished = false; done < length; done += STRIDE, isFinished = !isFinished) {
    await applySteps(scratch.sql, upTo(await scratch.plan(AFTER), done));
    const names = (await scratch.pull()).tables.flatMap((table) => [
      ...Object.keys(table.columns),
      ...table.indexes.map((index) => index.name),
    ]);
    expect(names.filter((name) => name?.startsWith('stk_'))).toEqual([]);
    await scratch.migrate(isFinished ? AFTER : BEFORE);
    expect([done, await catalogue(scratch)]).toEqual([done, before]);
    if (isFinished) {
      expect([done, await scratch.rest(AFTER), await types(scratch)]).toEqual([done, NOTHING, ['bigint', 'text']]);
    }
    await filled(20);
  }
});

test('indexes of any order, with settings and columns that they carry, privileges and statistics are what they were', async () => {
  const scratch = await database.empty();
  await scratch.run(`
    CREATE TABLE nodes (id int, a int, b text, CONSTRAINT "the key" PRIMARY KEY (id) INCLUDE (b) WITH (fillfactor = 80));
    ALTER TABLE nodes ADD CONSTRAINT once UNIQUE NULLS NOT DISTINCT (a, b); INSERT INTO nodes SELECT g, g, g FROM generate_series(1, 300) g;
    CREATE INDEX one ON nodes (a DESC, b NULLS FIRST) WHERE b <> 'x'; CREATE INDEX two ON nodes (b, a DESC NULLS LAST) INCLUDE (id);
    CREATE INDEX three ON nodes USING hash (a) WITH (fillfactor = 50); CREATE INDEX four ON nodes USING brin (id) WITH (pages_per_range = 2);
    CREATE UNIQUE INDEX five ON nodes (id DESC) INCLUDE (a); COMMENT ON INDEX one IS 'First';
    GRANT SELECT (a), UPDATE (a) ON nodes TO pg_monitor WITH GRANT OPTION; GRANT SELECT (a) ON nodes TO public;
    ALTER TABLE nodes ALTER a SET STATISTICS 500, ALTER a SET (n_distinct = -0.5)`);
  const settings = () => scratch.sql`
    SELECT attname, attstattarget, attoptions, (SELECT jsonb_agg(g ORDER BY g.grantee, g.privilege_type) FROM aclexplode(attacl) AS g) AS acl
      FROM pg_attribute WHERE attrelid = 'nodes'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1`;
  const before = [await catalogue(scratch), await settings()];
  const declared = (await scratch.pull()).tables.map((table): Table => {
    const columns = Object.entries(table.columns).map(([name, { native: _, ...column }]) => {
      return [name, column.type === 'int' ? { ...column, type: 'bigint' } : column] as const;
    });
    return { ...table, columns: Object.fromEntries(columns) as Table['columns'] };
  });
  const { steps } = await scratch.migrate(declared);
  expect(steps.map(({ rewrites }) => rewrites)).toEqual([false, false]);
  expect([await catalogue(scratch), await settings()]).toEqual(before);
  expect(await types(scratch)).toEqual(['bigint', 'text']);
  expect(await scratch.rest(declared)).toEqual(NOTHING);
});

test('tables and columns that are renamed and widened at once keep their keys, and so they do where it was interrupted before', {
  timeout: 60_000,
}, async () => {
  const reference = { type: 'bigint', nullable: true } as const;
  const renamed = [
    declare('branches', {
      renamedFrom: 'nodes',
      id: { type: 'bigint', generate: 'client' },
      columns: {
        above: {
          ...reference,
          renamedFrom: 'parent',
          references: { table: 'branches', onDelete: 'cascade', onUpdate: 'cascade' },
        },
        position: { ...reference, renamedFrom: 'rank', unique: true },
      },
      indexes: [{ columns: ['above', 'position'] }],
    }),
    declare('leaves', {
      renamedFrom: 'things',
      id: { type: 'string', generate: 'client' },
      columns: {
        branch: {
          ...reference,
          renamedFrom: 'node',
          references: { table: 'branches', onDelete: 'set_null', onUpdate: 'cascade' },
        },
        position: { ...reference, renamedFrom: 'rank', references: { table: 'branches', column: 'position' } },
      },
      indexes: [{ columns: ['branch'] }],
    }),
    declare('links', {
      link: ['a', 'b'],
      columns: {
        a: { type: 'bigint', references: { table: 'branches', onDelete: 'cascade' } },
        b: { type: 'bigint', references: { table: 'branches' } },
      },
    }),
  ];
  for (const done of [0, 7, 30, 41]) {
    const scratch = await filled(20);
    await applySteps(scratch.sql, upTo(await scratch.plan(AFTER), done));
    const { steps } = await scratch.migrate(renamed);
    expect([done, steps.filter((step) => step.rewrites)]).toEqual([done, []]);
    expect([done, await scratch.rest(renamed), await types(scratch)]).toEqual([done, NOTHING, ['bigint', 'text']]);
    const left = await scratch.sql`SELECT conname FROM pg_constraint WHERE conname LIKE 'stk%' OR NOT convalidated`;
    expect([done, left]).toEqual([done, []]);
    const [row] =
      await scratch.sql`SELECT count(*)::int FROM leaves JOIN branches USING (position) WHERE branch = branches.id`;
    expect(row).toEqual({ count: 20 });
  }
});
