import type { Column, Table } from '@santokit/contract';
import { CasingCache } from 'drizzle-orm/casing';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Binder } from '../../statement/plan.ts';
import { storedName } from '../stored-name.ts';
import { castType } from '../type-map.ts';

/** PostgreSQL's notation. Drizzle's own dialect says the same, and brings its query builders into memory, some 80 MB of code. */
const NOTATION = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index: number) => `$${index + 1}`,
  escapeString: (text: string): string => {
    throw new Error(`A value of ${text.length} characters would be written into a statement`);
  },
};

/** Renders a finished statement: its text and, in the order of `$1`, `$2` …, what binds each parameter. */
export function render(statement: SQL): { readonly text: string; readonly binders: readonly Binder[] } {
  const { sql: text, params } = statement.toQuery(NOTATION);
  return { text, binders: params as Binder[] };
}

export function tableName(table: Table): SQL {
  return sql`${sql.identifier(table.schema ?? 'public')}.${sql.identifier(storedName(table))}`;
}

export function columnName(alias: string, name: string): SQL {
  return sql`${sql.identifier(alias)}.${sql.identifier(name)}`;
}

/** A parameter with the type that it has for the server: nothing is inferred, so nothing can be inferred differently. */
export function parameter(binder: Binder, type: string): SQL {
  return sql`${sql.param(binder)}::${sql.raw(type)}`;
}

/** The type that values compared with or written to a column are given: without length or precision, which would cut them short. */
export function typeOf(column: Column): string {
  return castType(column);
}

export function conjunction(parts: readonly (SQL | undefined)[]): SQL | undefined {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : sql.join(present, sql` and `);
}

export function list(parts: readonly SQL[]): SQL {
  return sql.join([...parts], sql`, `);
}
