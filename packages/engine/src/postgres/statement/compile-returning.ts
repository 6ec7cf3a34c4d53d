import type { Expression, Table } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { QueryResult } from '../../database.ts';
import type { Returning } from '../../statement/statement.ts';
import { CHECK_MARKER, TOO_MANY_ROWS_MARKER } from '../check-marker.ts';
import { outputFields } from './compile-read.ts';
import { columnName, list, parameter } from './fragments.ts';
import { compileRowWriter, type LaidRow, writeRows } from './row-layout.ts';
import type { StatementScope } from './statement-scope.ts';

export interface CompiledReturning {
  /** ` returning …`, or nothing; the columns are named `c0`, `c1` and so on. */
  readonly clause: SQL;
  readonly count: number;
  /** Writes one returned row; the columns that its reader may not see are left out. */
  readonly write: (row: LaidRow) => string;
}

/** The table that was written, by the name that it has in the statement. */
export interface WrittenTable {
  readonly table: Table;
  readonly alias: string;
  readonly scope: StatementScope;
}

/**
 * Compiles what comes back of written rows, and the check of what was written. The check stands in `returning`, where the row is what
 * the database stored, after defaults and triggers; when it does not hold the statement fails and nothing is written.
 */
export function compileReturning(
  returning: Returning | undefined,
  check: SQL | undefined,
  written: WrittenTable,
): CompiledReturning {
  const outputs: SQL[] = [];
  const write = returning === undefined ? () => '' : compileRows(returning, written, outputs);
  if (check !== undefined) outputs.push(checked(check, written));
  const named = outputs.map((output, index) => sql`${output} as ${sql.identifier(`c${index}`)}`);
  return { clause: named.length === 0 ? sql`` : sql` returning ${list(named)}`, count: named.length, write };
}

/** Lets a write's rows through when they are no more than `most`, else makes the statement fail, so that nothing is written. */
export function bounded(statement: SQL, { count }: CompiledReturning, most: number): SQL {
  const columns = Array.from({ length: count }, (_, index) => columnName('written', `c${index}`));
  const rows = sql`(select count(*) from "written")`;
  const failure = sql`(${sql.raw(`'${TOO_MANY_ROWS_MARKER}'`)} || left(${rows}::text, 0))::integer`;
  const guard = sql`case when ${rows} > ${parameter(() => String(most), 'bigint')} then ${failure} end`;
  return sql`with "written" as (${statement}) select ${list([...columns, guard])} from "written"`;
}

/** JSON text of all returned rows, in order. */
export function writeReturned({ rows }: QueryResult, returning: CompiledReturning): string {
  return writeRows(rows, returning.write);
}

function compileRows(
  { keys, columns, visible }: Returning,
  { table, alias, scope }: WrittenTable,
  outputs: SQL[],
): (row: LaidRow) => string {
  const fields = outputFields(columns, alias, outputs);
  const writeAll = compileRowWriter(fields);
  if (visible === undefined) return writeAll;
  // The key's columns come first.
  const writeKeys = compileRowWriter(fields.slice(0, keys.length));
  if (visible === null) return writeKeys;
  const index = outputs.push(sql`(${scope.predicate(visible, table, alias)}) is true`) - 1;
  return (row) => (row[index] === 't' ? writeAll(row) : writeKeys(row));
}

/** A rule's check of a written row as a condition; undefined where there is none. */
export function checkOf(check: Expression | undefined, { table, alias, scope }: WrittenTable): SQL | undefined {
  return check === undefined ? undefined : scope.predicate(check, table, alias);
}

function checked(check: SQL, written: WrittenTable): SQL {
  return sql`case when (${check}) is true then 0 else ${refused(written)} end`;
}

/** An integer that makes the statement fail. It depends on the row, so that it cannot be evaluated before there is one. */
export function refused({ table, alias }: WrittenTable): SQL {
  const [key = ''] = table.key.columns;
  return sql`(${sql.raw(`'${CHECK_MARKER}'`)} || left(${columnName(alias, key)}::text, 0))::integer`;
}
