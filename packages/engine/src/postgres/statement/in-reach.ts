import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { RowSelection } from '../../statement/statement.ts';
import { filterToSql } from './filter-to-sql.ts';
import { conjunction } from './fragments.ts';
import type { StatementScope } from './statement-scope.ts';

/** The condition under which the rule and the call let a row of the table named `alias` through; undefined where all are. */
export function inReach(
  { table, predicate, where }: RowSelection,
  alias: string,
  scope: StatementScope,
): SQL | undefined {
  return conjunction([
    predicate === undefined ? undefined : sql`(${scope.predicate(predicate, table, alias)})`,
    filterToSql(where, alias, scope),
  ]);
}
