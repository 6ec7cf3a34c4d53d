import type { Expression } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { Assignment, DeleteStatement, Filter, UpdateStatement } from '../../statement/statement.ts';
import { cellBinder } from './cell-binder.ts';
import { changeToSql } from './change-to-sql.ts';
import { whereClause } from './compile-read.ts';
import {
  bounded,
  type CompiledReturning,
  checkOf,
  compileReturning,
  type WrittenTable,
  writeReturned,
  writtenRows,
} from './compile-returning.ts';
import { eventEntry, objectDeletionEntry } from './compile-row-events.ts';
import { filterToSql } from './filter-to-sql.ts';
import { conjunction, list, parameter, render, tableName, typeOf } from './fragments.ts';
import { StatementScope } from './statement-scope.ts';
import { unboundedGuard } from './unbounded/unbounded-guard.ts';

/** Compiles an update of the rows that the rule reaches. */
export function compileUpdate(statement: UpdateStatement, bindings: RuleBindings): Plan {
  const { table, cells, check } = statement;
  const written = writtenTable(statement, bindings);
  const assignments = cells.map((cell) => assignment(cell, written));
  const returning = compileReturning(statement.returning, written, {
    check: checkOf(check, written),
    events: (statement.events ?? []).map((event) => eventEntry(event, written.alias)),
  });
  const where = whereClause(reach(statement.predicate, statement.where, written));
  const update = sql`update ${tableName(table)} as ${sql.identifier(written.alias)} set ${list(assignments)}${where}${returning.clause}`;
  return guarded(writePlan(update, returning, statement), statement);
}

/** Compiles a delete of the rows that the rule reaches. */
export function compileDelete(statement: DeleteStatement, bindings: RuleBindings): Plan {
  const { table } = statement;
  const written = writtenTable(statement, bindings);
  const events = [
    ...(statement.events ?? []).map((event) => eventEntry(event, written.alias)),
    ...(statement.objects ?? []).map((deletion) => objectDeletionEntry(deletion, written.alias)),
  ];
  const returning = compileReturning(statement.returning, written, { events });
  const where = whereClause(reach(statement.predicate, statement.where, written));
  const remove = sql`delete from ${tableName(table)} as ${sql.identifier(written.alias)}${where}${returning.clause}`;
  return guarded(writePlan(remove, returning, statement), statement);
}

function assignment(cell: Assignment, { table, alias }: WrittenTable): SQL {
  const value =
    cell.kind === 'change' ? changeToSql(cell, table, alias) : parameter(cellBinder(cell), typeOf(cell.column));
  return sql`${sql.identifier(cell.column.name)} = ${value}`;
}

function writtenTable(statement: UpdateStatement | DeleteStatement, bindings: RuleBindings): WrittenTable {
  const scope = new StatementScope(statement, bindings);
  return { table: statement.table, alias: scope.alias(), scope };
}

function reach(
  predicate: Expression | undefined,
  where: Filter,
  { table, alias, scope }: WrittenTable,
): SQL | undefined {
  return conjunction([
    predicate === undefined ? undefined : sql`(${scope.predicate(predicate, table, alias)})`,
    filterToSql(where, alias, scope),
  ]);
}

function guarded(plan: Plan, { where, all }: UpdateStatement | DeleteStatement): Plan {
  const guard = all ? undefined : unboundedGuard(where);
  return guard === undefined ? plan : { ...plan, guard };
}

function writePlan(write: SQL, compiled: CompiledReturning, { returning }: UpdateStatement | DeleteStatement): Plan {
  if (returning !== undefined) return rowsPlan(bounded(write, compiled, returning), compiled);
  // The check alone makes every row come back; then only their number does.
  return compiled.count + compiled.events.length === 0 ? affectedPlan(write) : countedPlan(write, compiled);
}

function rowsPlan(statement: SQL, returning: CompiledReturning): Plan {
  return { ...render(statement), answer: (result) => ({ data: writeReturned(result, returning), meta: undefined }) };
}

function affectedPlan(statement: SQL): Plan {
  return { ...render(statement), answer: (result) => affected(result.affected) };
}

function countedPlan(statement: SQL, compiled: CompiledReturning): Plan {
  const counted = sql`${writtenRows(statement, compiled)} select count(*) from "written"`;
  return { ...render(counted), answer: (result) => affected(Number(result.rows[0]?.[0] ?? 0)) };
}

function affected(rows: number): { data: string; meta: undefined } {
  return { data: `{"affected":${rows}}`, meta: undefined };
}
