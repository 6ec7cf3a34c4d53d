import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Order, Read } from '../../statement/statement.ts';
import { columnName, list, tableName } from './fragments.ts';
import { inReach } from './in-reach.ts';
import { orderByClause } from './order-clause.ts';
import type { StatementScope } from './statement-scope.ts';

/**
 * The condition that a row is the first of those in reach that agree with it in the columns of `distinct`. As a condition on the key it
 * goes together with any order, page, count and expansion of what is left.
 */
export function firstOfKind(read: Read, alias: string, scope: StatementScope): SQL {
  const keyOf = (name: string) => list(read.table.key.columns.map((column) => columnName(name, column)));
  return sql`(${keyOf(alias)}) in (${firsts(read, keyOf, scope)})`;
}

/** The rows of a view that are the first of those in reach that agree with it in the columns of `distinct`: no key tells them. */
export function firstsOfView(read: Read, scope: StatementScope): SQL {
  return sql`(${firsts(read, (each) => sql`${sql.identifier(each)}.*`, scope)})`;
}

function firsts(read: Read, output: (each: string) => SQL, scope: StatementScope): SQL {
  const { table, distinct } = read;
  const each = scope.alias();
  const kinds = distinct.map(({ name }) => columnName(each, name));
  const where = inReach(read, each, scope);
  const from = sql`${tableName(table)} as ${sql.identifier(each)}${where === undefined ? sql`` : sql` where ${where}`}`;
  return sql`select distinct on (${list(kinds)}) ${output(each)} from ${from}${orderByClause(kindsFirst(read), each)}`;
}

/** `distinct on` takes the first row of each kind in an order that begins with what the kinds are told apart by (manual, SELECT). */
function kindsFirst({ distinct, orderBy }: Read): Order[] {
  const kinds = distinct.map((column): Order => ({ column, direction: 'asc', nulls: undefined }));
  return [...kinds, ...orderBy.filter(({ column }) => !distinct.includes(column))];
}
