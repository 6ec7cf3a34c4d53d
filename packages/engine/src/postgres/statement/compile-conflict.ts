import type { Expression } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Conflict } from '../../statement/statement.ts';
import { cellBinder } from './cell-binder.ts';
import { checkOf, refused, type WrittenTable } from './compile-returning.ts';
import { columnName, list, parameter, typeOf } from './fragments.ts';

/**
 * ` on conflict (…) do update set …`. A row outside the rule's reach makes the statement fail: a `where` would pass over it in silence.
 * Where nothing is to change a column is set to itself, for only an updated row comes back.
 */
export function conflictClause({ columns, update, set, reach }: Conflict, written: WrittenTable): SQL {
  const { table, alias, scope } = written;
  const assignments = [
    ...update.map((column) => ({ column, value: columnName('excluded', column.name) })),
    ...set.map((cell) => ({ column: cell.column, value: parameter(cellBinder(cell), typeOf(cell.column)) })),
  ];
  const [first] = columns;
  if (assignments.length === 0 && first !== undefined)
    assignments.push({ column: first, value: columnName(alias, first.name) });
  const guarded = assignments.map(({ column, value }, index) => {
    const name = sql.identifier(column.name);
    if (reach === undefined || index > 0) return sql`${name} = ${value}`;
    const old = columnName(alias, column.name);
    const holds = sql`(${scope.predicate(reach, table, alias)}) is true`;
    return sql`${name} = case when ${holds} then ${value} when ${refused(written)} is null then ${old} end`;
  });
  const target = columns.map(({ name }) => sql`${sql.identifier(name)}`);
  return sql` on conflict (${list(target)}) do update set ${list(guarded)}`;
}

/** What must hold of a written row: the one rule's check of an inserted one, the other's of one that was there. */
export function checkOfUpsert(
  inserted: Expression | undefined,
  { check: updated }: Conflict,
  written: WrittenTable,
): SQL | undefined {
  const ofInserted = checkOf(inserted, written);
  const ofUpdated = checkOf(updated, written);
  if (ofInserted === undefined && ofUpdated === undefined) return undefined;
  return sql`case when ${isNewRow(written.alias)} then ${ofInserted ?? sql`true`} else ${ofUpdated ?? sql`true`} end`;
}

/** Only a row that an update has locked and replaced has a transaction in `xmax` (manual, 5.5 System Columns). */
export function isNewRow(alias: string): SQL {
  return sql`${columnName(alias, 'xmax')}::text = ${parameter(() => '0', 'text')}`;
}
