import type { Expression, Table } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { QueryResult } from '../../database.ts';
import type { BindInput } from '../../statement/plan.ts';
import type { Returning } from '../../statement/statement.ts';
import { CHECK_MARKER, TOO_MANY_ROWS_MARKER } from '../check-marker.ts';
import { heavyFailure, rowWeight } from './answer-size.ts';
import { outputFields } from './compile-read.ts';
import { type CausedEntry, eventWrites, type WrittenEntry } from './compile-row-events.ts';
import { columnName, list, parameter } from './fragments.ts';
import { compileRowWriter, type LaidRow, writeRows } from './row-layout.ts';
import type { StatementScope } from './statement-scope.ts';

export interface CompiledReturning {
  /** ` returning …`, or nothing; the columns are named `c0`, `c1` and so on. */
  readonly clause: SQL;
  readonly count: number;
  /** Writes one returned row; the columns that its reader may not see are left out. */
  readonly write: (row: LaidRow) => string;
  /** What is published of the rows; its columns come after those that are counted. */
  readonly events: readonly WrittenEntry[];
}

/** The table that was written, by the name that it has in the statement. */
export interface WrittenTable {
  readonly table: Table;
  readonly alias: string;
  readonly scope: StatementScope;
}

interface ReturningParts {
  readonly check?: SQL | undefined;
  readonly events?: readonly CausedEntry[];
  /** Of how many rows each is to weigh no more than its share of the answer; default: none is weighed. */
  readonly shareOf?: ((input: BindInput) => number) | undefined;
}

/**
 * Compiles what comes back of written rows, what is published of them, and the check of what was written. The check stands in `returning`, where the row is what
 * the database stored, after defaults and triggers; when it does not hold the statement fails and nothing is written.
 */
export function compileReturning(
  returning: Returning | undefined,
  written: WrittenTable,
  { check, events = [], shareOf }: ReturningParts,
): CompiledReturning {
  const outputs: SQL[] = [];
  const write = returning === undefined ? () => '' : compileRows(returning, written, outputs);
  if (returning !== undefined && shareOf !== undefined) {
    const weight = rowWeight(returning.columns, outputs);
    outputs.push(sql`case ${heavyFailure(weight, anchorOf(written), shareOf)} end`);
  }
  if (check !== undefined) outputs.push(checked(check, written));
  const count = outputs.length;
  const writtenEvents = events.map((event) => ({
    ...event,
    payload: outputs.push(event.payload) - 1,
    isCaused: event.isCaused === undefined ? undefined : outputs.push(event.isCaused) - 1,
  }));
  const named = outputs.map((output, index) => sql`${output} as ${sql.identifier(`c${index}`)}`);
  return { clause: named.length === 0 ? sql`` : sql` returning ${list(named)}`, count, write, events: writtenEvents };
}

/** `with "written" as (…)`, and the writes of what is published of its rows. */
export function writtenRows(write: SQL, { events }: CompiledReturning): SQL {
  const rows = sql`with "written" as (${write})`;
  return events.length === 0 ? rows : sql`${rows}${eventWrites(events)}`;
}

/** The columns of written rows that are counted. */
export function writtenColumns({ count }: CompiledReturning): SQL[] {
  return Array.from({ length: count }, (_, index) => columnName('written', `c${index}`));
}

/** Lets a write's rows through when they are not too many or too long, else makes the statement fail, so that nothing is written. */
export function bounded(statement: SQL, compiled: CompiledReturning, { most, columns }: Returning): SQL {
  const rows = sql`(select count(*) from "written")`;
  const failure = sql`(${sql.raw(`'${TOO_MANY_ROWS_MARKER}'`)} || left(${rows}::text, 0))::integer`;
  const values = columns.map((_, index) => columnName('written', `c${index}`));
  const weight = sql`(select sum(${rowWeight(columns, values)}) from "written")`;
  const tooHeavy = heavyFailure(weight, sql`${rows}::text`);
  const guard = sql`case when ${rows} > ${parameter(() => String(most), 'bigint')} then ${failure} ${tooHeavy} end`;
  return sql`${writtenRows(statement, compiled)} select ${list([...writtenColumns(compiled), guard])} from "written"`;
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
  return sql`(${sql.raw(`'${CHECK_MARKER}'`)} || left(${anchorOf({ table, alias })}, 0))::integer`;
}

function anchorOf({ table, alias }: Omit<WrittenTable, 'scope'>): SQL {
  const [key = ''] = table.key.columns;
  return sql`${columnName(alias, key)}::text`;
}
