import type { Table } from '@santokit/contract';
import { sql } from 'drizzle-orm/sql/sql';
import type { Queryable } from '../../database.ts';
import { columnName, parameter, render, tableName } from '../statement/fragments.ts';
import { arrayLiteral } from '../statement/text-form.ts';

/** A column that holds keys of objects. */
export interface FileColumn {
  readonly table: Table;
  readonly column: string;
}

/** Which of these keys some row names. An index on the column makes it quick. */
export async function namedKeys(
  on: Queryable,
  { table, column }: FileColumn,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const named = columnName('t', column);
  const wanted = parameter(() => arrayLiteral(keys), 'text[]');
  const { text } = render(
    sql`select distinct ${named} from ${tableName(table)} as ${sql.identifier('t')} where ${named} = any(${wanted})`,
  );
  const { rows } = await on.query(text, [arrayLiteral(keys)]);
  return new Set(rows.map(([key]) => key ?? ''));
}
