import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { columnBinder } from './bind-value.ts';
import { parameter, typeOf } from './fragments.ts';

/** The value that a row gets in a column which it did not send, where other rows of the same list sent it. */
export function defaultOf(column: Column): SQL {
  const { default: fallback } = column;
  switch (fallback?.kind) {
    case undefined:
      return sql`null`;
    case 'now':
      return sql`now()`;
    case 'uuid_v4':
      return sql`gen_random_uuid()::${sql.raw(typeOf(column))}`;
    case 'native':
      // What the database's own catalogue says of the column; it takes part in no other statement.
      return sql`(${sql.raw(fallback.sql)})::${sql.raw(typeOf(column))}`;
    case 'literal': {
      const text = columnBinder({ ...column, nullable: true })(fallback.value);
      return parameter(() => text, typeOf(column));
    }
  }
}
