import type { Expression, Table } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm';
import type { Plan } from '../../statement/plan.ts';
import { refuseUnbounded } from '../../statement/refuse-unbounded.ts';
import type { DeleteStatement, Filter, UpdateStatement } from '../../statement/statement.ts';
import { cellBinder } from './compile-insert.ts';
import { whereClause } from './compile-read.ts';
import { type CompiledReturning, compileReturning, writeReturned } from './compile-returning.ts';
import { filterToSql } from './filter-to-sql.ts';
import { conjunction, list, parameter, render, tableName, typeOf } from './fragments.ts';
import { rulePredicate } from './rule-predicate.ts';

const ALIAS = 't0';

/** Compiles an update of the rows that the rule reaches. */
export function compileUpdate(statement: UpdateStatement): Plan {
  const { table, cells, check } = statement;
  const assignments = cells.map(
    (cell) => sql`${sql.identifier(cell.column.name)} = ${parameter(cellBinder(cell), typeOf(cell.column))}`,
  );
  const returning = compileReturning(statement.returning, check, table, ALIAS);
  const where = whereClause(reach(statement.predicate, statement.where, table));
  const update = sql`update ${tableName(table)} as ${sql.identifier(ALIAS)} set ${list(assignments)}${where}${returning.clause}`;
  if (statement.returning !== undefined) return guarded(rowsPlan(update, returning), statement);
  return guarded(check === undefined ? affectedPlan(update) : countedPlan(update), statement);
}

/** Compiles a delete of the rows that the rule reaches. */
export function compileDelete(statement: DeleteStatement): Plan {
  const { table } = statement;
  const returning = compileReturning(statement.returning, undefined, table, ALIAS);
  const where = whereClause(reach(statement.predicate, statement.where, table));
  const remove = sql`delete from ${tableName(table)} as ${sql.identifier(ALIAS)}${where}${returning.clause}`;
  return guarded(statement.returning === undefined ? affectedPlan(remove) : rowsPlan(remove, returning), statement);
}

function reach(predicate: Expression | undefined, where: Filter, table: Table): SQL | undefined {
  return conjunction([
    predicate === undefined ? undefined : sql`(${rulePredicate(predicate, table, ALIAS)})`,
    filterToSql(where, ALIAS),
  ]);
}

function guarded(plan: Plan, { where, all }: UpdateStatement | DeleteStatement): Plan {
  return all ? plan : { ...plan, guard: (values) => refuseUnbounded(where, values) };
}

function rowsPlan(statement: SQL, returning: CompiledReturning): Plan {
  return { ...render(statement), answer: (result) => ({ data: writeReturned(result, returning), meta: undefined }) };
}

function affectedPlan(statement: SQL): Plan {
  return { ...render(statement), answer: (result) => affected(result.affected) };
}

/** The check makes every row come back; here only their number does. */
function countedPlan(statement: SQL): Plan {
  const counted = sql`with "written" as (${statement}) select count(*) from "written"`;
  return { ...render(counted), answer: (result) => affected(Number(result.rows[0]?.[0] ?? 0)) };
}

function affected(rows: number): { data: string; meta: undefined } {
  return { data: `{"affected":${rows}}`, meta: undefined };
}
