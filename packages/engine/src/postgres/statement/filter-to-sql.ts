import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { ComparisonOperator, Filter } from '../../statement/statement.ts';
import { comparisonBinder } from './bind-value.ts';
import { columnName, conjunction, parameter, tableName, typeOf } from './fragments.ts';
import { pathToSql } from './path-to-sql.ts';
import type { StatementScope } from './statement-scope.ts';
import { isArrayType } from './text-form.ts';

/** A filter as a condition on the table named `alias`; undefined where it always holds. */
export function filterToSql(filter: Filter, alias: string, scope: StatementScope): SQL | undefined {
  switch (filter.kind) {
    case 'constant':
      return filter.holds ? undefined : sql`false`;
    case 'all':
    case 'any': {
      const parts = filter.filters.map((part) => filterToSql(part, alias, scope) ?? sql`true`);
      return sql`(${sql.join(parts, filter.kind === 'all' ? sql` and ` : sql` or `)})`;
    }
    case 'not':
      return sql`not (${filterToSql(filter.filter, alias, scope) ?? sql`true`})`;
    case 'null':
      return filter.isNull
        ? sql`${columnName(alias, filter.column.name)} is null`
        : sql`${columnName(alias, filter.column.name)} is not null`;
    case 'compare':
      return comparison(filter.column, filter.operator, filter.slot, alias);
    case 'path':
      return pathToSql(filter, alias);
    case 'related':
      return related(filter, alias, scope);
  }
}

function related(filter: Filter & { readonly kind: 'related' }, parent: string, scope: StatementScope): SQL {
  const { relation, table, predicate, where } = filter;
  const alias = scope.alias();
  const conditions = conjunction([
    sql`${columnName(alias, relation.targetColumn)} = ${columnName(parent, relation.column)}`,
    predicate === undefined ? undefined : sql`(${scope.predicate(predicate, table, alias)})`,
    filterToSql(where, alias, scope),
  ]);
  return sql`exists (select from ${tableName(table)} as ${sql.identifier(alias)} where ${conditions})`;
}

function comparison(column: Column, operator: ComparisonOperator, slot: number, alias: string): SQL {
  const binder = comparisonBinder(column, operator, slot);
  const type = comparedType(column);
  const left =
    type === 'jsonb' && typeOf(column) !== 'jsonb'
      ? sql`${columnName(alias, column.name)}::jsonb`
      : columnName(alias, column.name);
  switch (operator) {
    case '$eq':
      return sql`${left} = ${parameter(binder, type)}`;
    case '$ne':
      return sql`${left} <> ${parameter(binder, type)}`;
    case '$gt':
      return sql`${left} > ${parameter(binder, type)}`;
    case '$gte':
      return sql`${left} >= ${parameter(binder, type)}`;
    case '$lt':
      return sql`${left} < ${parameter(binder, type)}`;
    case '$lte':
      return sql`${left} <= ${parameter(binder, type)}`;
    case '$in':
      return sql`${left} = any(${parameter(binder, `${type}[]`)})`;
    case '$notIn':
      return sql`${left} <> all(${parameter(binder, `${type}[]`)})`;
    case '$like':
    case '$startsWith':
    case '$endsWith':
      return sql`${left} like ${parameter(binder, 'text')}`;
    case '$ilike':
      return sql`${left} ilike ${parameter(binder, 'text')}`;
    case '$contains':
      return column.type === 'json' || column.type === 'array'
        ? sql`${left} @> ${parameter(binder, type)}`
        : sql`${left} like ${parameter(binder, 'text')}`;
  }
}

/** `json` has no equality and no containment; `jsonb` has both. */
function comparedType(column: Column): string {
  const type = typeOf(column);
  return column.type === 'json' || (column.type === 'array' && !isArrayType(type)) ? 'jsonb' : type;
}
