import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Order } from '../../statement/statement.ts';
import { columnName, list } from './fragments.ts';

/** ` order by …`, or nothing. */
export function orderByClause(orders: readonly Order[], alias: string): SQL {
  if (orders.length === 0) return sql``;
  const parts = orders.map(({ column, direction, nulls }) => {
    const suffix = nulls === undefined ? '' : ` nulls ${nulls}`;
    return sql`${columnName(alias, column.name)} ${sql.raw(direction + suffix)}`;
  });
  return sql` order by ${list(parts)}`;
}
