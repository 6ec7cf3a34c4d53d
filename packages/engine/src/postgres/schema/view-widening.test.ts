import type { Table } from '@santokit/contract';
import { afterEach, expect, test } from 'vitest';
import { applySteps } from './apply-steps.ts';
import { changeTester } from './testing/change-case.ts';
import type { ScratchDatabase } from './testing/scratch-database.ts';

const database = changeTester();
afterEach(async () => (await database.empty()).run('DROP OWNED BY stk_viewer CASCADE; DROP ROLE stk_viewer'));
const NOTHING = { steps: [], drift: 0 };

const TABLE = `
  CREATE SCHEMA reports; CREATE TABLE posts (id int PRIMARY KEY, n int NOT NULL, code varchar(10) COLLATE "C", more text);
  INSERT INTO posts SELECT g, g, 'c' || g, 'x' FROM generate_series(1, 300) g`;
const VIEWS = `
  CREATE VIEW reports."Odd ""name" WITH (security_barrier) AS SELECT n AS "the n", count(*) AS many, 'y' AS "odd 'column" FROM posts GROUP BY n;
  CREATE VIEW grouped WITH (security_invoker = true) AS SELECT p.id, p.n + 1 AS next, o.many FROM posts p JOIN reports."Odd ""name" o ON o."the n" = p.n GROUP BY p.id, o.many;
  CREATE VIEW above WITH (check_option = local) AS SELECT * FROM posts WHERE n > 3 AND id IN (4, 5, 6);
  CREATE VIEW top AS SELECT a.id, g.next FROM above a JOIN grouped g USING (id);
  CREATE VIEW others AS SELECT more FROM posts;
  COMMENT ON VIEW above IS 'More''s here'; COMMENT ON COLUMN reports."Odd ""name"."odd 'column" IS 'Odd';
  GRANT SELECT ON above, reports."Odd ""name" TO public; GRANT INSERT, SELECT ON top TO stk_viewer WITH GRANT OPTION;
  REVOKE DELETE ON grouped FROM current_user; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO stk_viewer`;

async function prepared(more = ''): Promise<ScratchDatabase> {
  const scratch = await database.empty();
  await scratch.run(`CREATE ROLE stk_viewer; ${TABLE}; ${VIEWS}; ${more}`);
  return scratch;
}

/** The tables as they are, with another type of a column of `posts`, and of each column of a view that comes of it. */
async function widened(
  scratch: ScratchDatabase,
  name: string,
  to: Partial<Table['columns'][string]>,
): Promise<Table[]> {
  const { tables } = await scratch.pull();
  return tables.map((table) => {
    const columns = Object.entries(table.columns).map(([key, column]) => {
      const { native: _, ...plain } = column;
      const isMeant = key === name || (table.view === true && name === 'n' && ['the n', 'next'].includes(key));
      return [key, isMeant ? { ...plain, ...to } : column] as const;
    });
    return { ...table, columns: Object.fromEntries(columns) };
  });
}

/** All that the catalogues say of the views, but for the types of their columns. */
async function views(scratch: ScratchDatabase): Promise<unknown> {
  return scratch.sql`
    SELECT c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS definition, reloptions, relowner::regrole, obj_description(c.oid) AS comment,
           (SELECT jsonb_agg(g ORDER BY g.grantee, g.privilege_type) FROM aclexplode(coalesce(relacl, acldefault('r', relowner))) AS g) AS acl,
           (SELECT jsonb_agg(jsonb_build_array(attname, col_description(c.oid, attnum)) ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns
      FROM pg_class c WHERE relkind = 'v' AND relnamespace IN ('public'::regnamespace, 'reports'::regnamespace) ORDER BY 1`;
}

test.each([
  ['in batches', 'n', { type: 'bigint' }, 'in batches'],
  ['in batches, with a key that they group by', 'id', { type: 'bigint' }, 'in batches'],
  ['where it takes a moment', 'code', { type: 'string', native: 'character varying(20)' }, 'for a moment'],
] as const)(
  'a column that views are made of is widened %s, and the views are what they were',
  async (_, name, to, lock) => {
    const scratch = await prepared();
    const before = await views(scratch);
    const declared = await widened(scratch, name, to);
    const { steps } = await scratch.migrate(declared);

    expect(steps).toMatchObject([
      { class: 'safe', rewrites: false, lock: expect.stringContaining(lock), advice: expect.stringContaining('above') },
    ]);
    expect(await views(scratch)).toEqual(before);
    expect(await scratch.rest(declared)).toEqual(NOTHING);
    expect(await scratch.sql`SELECT id::int, next::int FROM top ORDER BY id`).toEqual(
      [4, 5, 6].map((id) => ({ id, next: id + 1 })),
    );
  },
);

test('a view that is changed, or made, while rows are written in batches is kept as it is then', async () => {
  const scratch = await prepared();
  const plan = await scratch.plan(await widened(scratch, 'n', { type: 'bigint' }));
  await scratch.run(
    `CREATE OR REPLACE VIEW others AS SELECT more, n FROM posts; CREATE VIEW late AS SELECT n FROM others`,
  );
  const before = await views(scratch);
  await applySteps(scratch.sql, plan);
  expect(await views(scratch)).toEqual(before);
});

test('what is set of a view meanwhile and cannot be made anew makes the change fail, and nothing is lost', async () => {
  const scratch = await prepared();
  const declared = await widened(scratch, 'n', { type: 'bigint' });
  const plan = await scratch.plan(declared);
  await scratch.run('GRANT SELECT (id) ON top TO stk_viewer');
  const before = await views(scratch);
  await expect(applySteps(scratch.sql, plan)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('depend'),
  });
  expect(await views(scratch)).toEqual(before);
  await scratch.run('REVOKE SELECT (id) ON top FROM stk_viewer');
  await scratch.migrate(declared);
  expect(await scratch.rest(declared)).toEqual(NOTHING);
});

test('an owner of tables and views who is nothing more can do it', async () => {
  const scratch = await database.empty();
  const name = new URL(scratch.url).pathname.slice(1);
  await scratch.run(`
    CREATE ROLE stk_viewer; GRANT stk_viewer TO current_user; GRANT CREATE ON DATABASE ${name} TO stk_viewer; GRANT ALL ON SCHEMA public TO stk_viewer;
    DROP SCHEMA IF EXISTS santokit; CREATE SCHEMA reports; SET ROLE stk_viewer;
    CREATE TABLE posts (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n int REFERENCES posts); INSERT INTO posts (n) VALUES (1);
    CREATE VIEW above AS SELECT id, n FROM posts; GRANT SELECT ON above TO public; RESET ROLE`);
  const before = await views(scratch);
  const declared = await widened(scratch, 'id', { type: 'bigint' });
  await scratch.sql.unsafe(`ALTER ROLE current_user IN DATABASE ${name} SET role = stk_viewer`);
  const { steps } = await scratch
    .migrate(declared)
    .finally(() => scratch.sql.unsafe(`ALTER ROLE current_user IN DATABASE ${name} RESET role`));
  expect(steps).toMatchObject([{ class: 'safe', rewrites: false }]);
  expect(await views(scratch)).toEqual(before);
});

test('a view that does not take the wider type makes the change fail, and the next apply undoes what was done', async () => {
  const scratch = await prepared(`
    CREATE FUNCTION narrow(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE VIEW picky AS SELECT narrow(n) AS n FROM posts`);
  const [before, old] = [await views(scratch), (await scratch.pull()).tables];
  await expect(scratch.migrate(await widened(scratch, 'n', { type: 'bigint' }))).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('narrow(bigint) does not exist'),
  });
  expect(await views(scratch)).toEqual(before);
  await scratch.migrate(old);
  expect(await scratch.rest(old)).toEqual(NOTHING);
  expect(await views(scratch)).toEqual(before);
});

test.each([
  ['a materialized view', 'CREATE MATERIALIZED VIEW kept AS SELECT id FROM top'],
  [
    'a rule of a view',
    'CREATE RULE r AS ON DELETE TO others DO INSTEAD NOTHING; CREATE OR REPLACE VIEW others AS SELECT more, n FROM posts',
  ],
  ['privileges on a column of a view', 'GRANT SELECT (id) ON top TO stk_viewer'],
  [
    'a function that answers rows of a view',
    'CREATE FUNCTION f() RETURNS SETOF top LANGUAGE sql AS $$SELECT * FROM top$$',
  ],
  ['a default of a view', `ALTER VIEW above ALTER more SET DEFAULT 'x'`],
  [
    'a trigger of a view',
    'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$; CREATE TRIGGER t INSTEAD OF UPDATE ON top FOR EACH ROW EXECUTE FUNCTION f()',
  ],
  [
    'a privilege that somebody else gave',
    'GRANT USAGE ON SCHEMA public TO stk_viewer; GRANT SELECT ON above TO stk_viewer WITH GRANT OPTION; SET ROLE stk_viewer; GRANT SELECT ON above TO pg_monitor; RESET ROLE',
  ],
])('nothing is done to a view that cannot be made anew as it is: %s', async (_, sql) => {
  const scratch = await prepared(sql);
  const { steps } = await scratch.plan(await widened(scratch, 'n', { type: 'bigint' }));
  const [step] = steps.filter(({ table }) => table === 'posts');
  expect(step).toMatchObject({ class: 'unsupported', advice: expect.stringMatching(/^Drop .* by SQL of your own/) });
});

test('a column that views are made of is not narrowed', async () => {
  const scratch = await prepared();
  const { steps } = await scratch.plan(await widened(scratch, 'n', { type: 'int', native: 'smallint' }));
  expect(steps.filter(({ table }) => table === 'posts')).toMatchObject([{ class: 'unsupported' }]);
});

test('what a view becomes by a change is no difference before it, and one after it where it is not declared', async () => {
  const scratch = await prepared();
  const declared = await widened(scratch, 'n', { type: 'bigint' });
  const old = (await scratch.pull()).tables.filter((table) => table.view);
  const mixed = [...declared.filter((table) => !table.view), ...old];
  expect((await scratch.migrate(mixed)).steps).toHaveLength(1);
  const { steps } = await scratch.plan(mixed);
  expect(steps.map(({ what }) => what).sort()).toEqual([
    'the column n of the view above is bigint in the database, not integer',
    'the column next of the view grouped is bigint in the database, not integer',
    'the column next of the view top is bigint in the database, not integer',
    'the column the n of the view Odd "name is bigint in the database, not integer',
  ]);
});
