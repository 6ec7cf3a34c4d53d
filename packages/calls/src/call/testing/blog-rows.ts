import type { Column, Json, Table } from '@santokit/contract';
import type { Queryable } from '@santokit/engine';
import { BLOG_SCHEMA } from './blog.ts';

/** A row in the JSON form of answers. */
export type Row = Readonly<Record<string, Json>>;

/** The rows of the blog's tables, in the order in which they are stored. */
export type BlogRows = Readonly<Record<string, readonly Row[]>>;

/** Rows of every table, with values of every type and nulls, of which conditions let some through. */
export const BLOG_ROWS = `
  insert into users select 'u' || n, (array['Ann', 'Bobby', 'Abe'])[1 + n % 3], 'u' || n || '@x.org', case when n % 2 = 0 then '+49' || n end
    from generate_series(1, 6) n;
  insert into posts (id, author_id, title, status, likes, note, created_at)
    select 'p' || n, 'u' || (1 + n % 6), (array['One', 'Two', 'oo'])[1 + n % 3], (array['draft', 'published'])[1 + n % 2], n % 5,
      case when n % 3 = 0 then 'note' || n end, timestamptz '2025-12-20 00:00:00+00' + n * interval '1 day' from generate_series(1, 24) n;
  insert into comments (post_id, author_id, body) select 'p' || (1 + n % 24), case when n % 4 > 0 then 'u' || (1 + n % 6) end,
    (array['secret', 'a', 'b'])[1 + n % 3] from generate_series(1, 40) n;
  insert into samples select n, (array['u1', 'u2', 'x'])[1 + n % 3], n % 3 - 1, n % 7, n / 2.0, n / 4.0, n % 2 = 0,
    jsonb_build_object('deep', jsonb_build_object('er', 's' || n % 3)), timestamptz '2025-12-25 00:00:00+00' + n * interval '1 hour',
    timestamp '2025-12-25 00:00:00', case when n % 2 = 0 then date '2025-01-01' + n end,
    ('00000000-0000-4000-8000-00000000000' || n % 3)::uuid, decode('0000', 'hex'), jsonb_build_array('M' || n % 3), array[n % 2, n], 'abcde'
    from generate_series(1, 12) n;
  insert into members select (array['red', 'blue'])[1 + n % 2], 'u' || n, date '2025-01-01' + n from generate_series(1, 6) n;
`;

/** Makes the stored rows of the tables that differ those of `after`. Whoever writes them answers for their references. */
export async function storeRows(database: Queryable, before: BlogRows, after: BlogRows): Promise<void> {
  const tables = Object.values(BLOG_SCHEMA).filter(({ name }) => before[name] !== after[name]);
  if (tables.length === 0) return;
  await database.query('set local session_replication_role = replica', []);
  for (const table of tables) {
    const rows = (after[table.name] ?? []).map((row) => stored(table, row));
    await database.query(`delete from ${table.name}`, []);
    await database.query(
      `insert into ${table.name} select * from jsonb_populate_recordset(null::${table.name}, $1::text::jsonb)`,
      [JSON.stringify(rows)],
    );
  }
  await database.query('set local session_replication_role = origin', []);
}

function stored(table: Table, row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, storedValue(table.columns[name], value)]),
  );
}

function storedValue(column: Column | undefined, value: Json): Json {
  if (column?.type !== 'bytes' || typeof value !== 'string') return value;
  return `\\x${Buffer.from(value, 'base64').toString('hex')}`;
}
