import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { Aggregate, AggregateFunction, AggregateStatement, CountStatement } from '../../statement/statement.ts';
import { outputFields, whereClause } from './compile-read.ts';
import { filterToSql } from './filter-to-sql.ts';
import { columnName, list, render, tableName, typeOf } from './fragments.ts';
import { inReach } from './in-reach.ts';
import { limitClause } from './limit-clause.ts';
import { listPlan } from './list-plan.ts';
import { orderByClause } from './order-clause.ts';
import { StatementScope } from './statement-scope.ts';

/** Compiles a count of the rows that the rule lets through. */
export function compileCount(statement: CountStatement, bindings: RuleBindings): Plan {
  const { from } = selectedRows(statement, bindings);
  return {
    ...render(sql`select count(*) from ${from}`),
    answer: ({ rows }) => ({ data: `{"count":${rows[0]?.[0] ?? '0'}}`, meta: undefined }),
  };
}

/** Compiles an aggregation: groups and their figures within, and what is asked of them (`having`, order, limit) around. */
export function compileAggregate(statement: AggregateStatement, bindings: RuleBindings): Plan {
  const { groupBy, aggregates, having, orderBy, limit } = statement;
  const { from, alias, scope } = selectedRows(statement, bindings);
  const groups = groupBy.map(({ name }) => columnName(alias, name));
  const figures = aggregates.map((each) => sql`${figure(each, alias)} as ${sql.identifier(each.output.name)}`);
  const grouping = groups.length === 0 ? sql`` : sql` group by ${list(groups)}`;
  const inner = sql`select ${list([...groups, ...figures])} from ${from}${grouping}`;
  const result = scope.alias();
  const outputs: SQL[] = [];
  const columns = [...groupBy, ...aggregates.map(({ output }) => output)];
  const fields = outputFields(
    columns.map((column) => ({ column, mask: undefined })),
    result,
    outputs,
  );
  const tail = sql`${whereClause(filterToSql(having, result, scope))}${orderByClause(orderBy, result)}${limitClause(limit)}`;
  const around = sql`select ${list(outputs)} from (${inner}) as ${sql.identifier(result)}${tail}`;
  return listPlan(render(around), { fields, columns: outputs.length, page: undefined });
}

function selectedRows(statement: CountStatement | AggregateStatement, bindings: RuleBindings) {
  const scope = new StatementScope(statement, bindings);
  const alias = scope.alias();
  const where = whereClause(inReach(statement, alias, scope));
  return { scope, alias, from: sql`${tableName(statement.table)} as ${sql.identifier(alias)}${where}` };
}

const FUNCTIONS: { readonly [F in AggregateFunction]: string } = {
  $count: 'count',
  $countDistinct: 'count',
  $sum: 'sum',
  $avg: 'avg',
  $min: 'min',
  $max: 'max',
};

function figure({ function: name, of, output }: Aggregate, alias: string): SQL {
  const value = of === undefined ? sql.raw('*') : summand(name, of, alias);
  const distinct = name === '$countDistinct' ? sql.raw('distinct ') : sql``;
  const result = sql`${sql.raw(FUNCTIONS[name])}(${distinct}${value})`;
  // The server pads a mean with zeros; how many depends on its size.
  if (name === '$avg' && output.type === 'decimal') return sql`trim_scale(${result}::numeric)`;
  return isExtremeUuid(name, of) ? sql`${result}::${sql.raw(typeOf(output))}` : result;
}

function summand(name: AggregateFunction, column: Column, alias: string): SQL {
  const value = columnName(alias, column.name);
  // A sum of `real` would be as coarse as its column is.
  if (name === '$sum' && column.type === 'float') return sql`${value}::double precision`;
  return isExtremeUuid(name, column) ? sql`(${value}::text collate "C")` : value;
}

/** PostgreSQL orders UUIDs and has no `min` and `max` of them; byte by byte, their texts have the same order. */
function isExtremeUuid(name: AggregateFunction, column: Column | undefined): boolean {
  return (name === '$min' || name === '$max') && column?.type === 'uuid';
}
