import { sql } from 'drizzle-orm/sql/sql';
import type { Queryable } from '../../database.ts';
import { columnName, parameter, render, tableName } from '../statement/fragments.ts';
import type { FileColumn } from './named-keys.ts';

export interface KeyPage {
  /** Absent: from the beginning. */
  readonly after?: string | undefined;
  readonly most: number;
}

/** Keys that rows name, each once, in the order of their bytes as stores list objects. */
export async function keysAfter(
  on: Queryable,
  { table, column }: FileColumn,
  { after = '', most }: KeyPage,
): Promise<readonly string[]> {
  const key = sql`${columnName('t', column)}::text collate "C"`;
  const from = sql`${tableName(table)} as ${sql.identifier('t')}`;
  const where = sql`${key} > ${parameter(() => after, 'text')} collate "C"`;
  const { text } = render(
    sql`select distinct ${key} as k from ${from} where ${where} order by k limit ${parameter(() => String(most), 'integer')}`,
  );
  const { rows } = await on.query(text, [after, String(most)]);
  return rows.map(([named]) => named ?? '');
}
