import { type Json, StkError } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Binder } from '../../statement/plan.ts';
import type { ComparisonOperator, Filter, Slot } from '../../statement/statement.ts';
import { jsonText } from '../../statement/values/json-text.ts';
import { comparisonBinder } from './bind-value.ts';
import { columnName, parameter } from './fragments.ts';
import { arrayLiteral } from './text-form.ts';

type PathFilter = Filter & { readonly kind: 'path' };

/**
 * A condition on a value within a column of type json. Values are compared as `jsonb` compares them, and only with their like: a number
 * is neither less nor more than a text.
 */
export function pathToSql({ column, path, test }: PathFilter, alias: string): SQL {
  const steps = arrayLiteral(path);
  const place = parameter(() => steps, 'text[]');
  const document = sql`${columnName(alias, column.name)}::jsonb`;
  // What is absent and JSON null are one, also under a negation.
  const value = sql`nullif(${document} #> ${place}, ${JSON_NULL})`;
  if (test === 'null') return sql`${value} is null`;
  if (test === 'not null') return sql`${value} is not null`;
  const { operator, slot } = test;
  const operand = parameter(operandBinder(operator, slot, column.name), isListOperator(operator) ? 'jsonb[]' : 'jsonb');
  const alike = (comparison: SQL) => sql`(jsonb_typeof(${value}) = jsonb_typeof(${operand}) and ${comparison})`;
  switch (operator) {
    case '$eq':
      return sql`${value} = ${operand}`;
    case '$ne':
      return sql`${value} <> ${operand}`;
    case '$gt':
      return alike(sql`${value} > ${operand}`);
    case '$gte':
      return alike(sql`${value} >= ${operand}`);
    case '$lt':
      return alike(sql`${value} < ${operand}`);
    case '$lte':
      return alike(sql`${value} <= ${operand}`);
    case '$in':
      return sql`${value} = any(${operand})`;
    case '$notIn':
      return sql`${value} <> all(${operand})`;
    case '$contains':
      return sql`${value} @> ${operand}`;
    case '$like':
    case '$startsWith':
    case '$endsWith':
      return matches(sql`(${document} #>> ${place}) like ${pattern(operator, slot, column.name)}`, value);
    case '$ilike':
      return matches(sql`(${document} #>> ${place}) ilike ${pattern(operator, slot, column.name)}`, value);
  }
}

const JSON_NULL = parameter(() => 'null', 'jsonb');
const SOME_TEXT = parameter(() => '""', 'jsonb');

/** Only texts match a pattern, not what other values are written as. */
function matches(comparison: SQL, value: SQL): SQL {
  return sql`(jsonb_typeof(${value}) = jsonb_typeof(${SOME_TEXT}) and ${comparison})`;
}

function pattern(operator: ComparisonOperator, slot: Slot, name: string): SQL {
  return parameter(comparisonBinder({ name, type: 'string', nullable: true }, operator, slot), 'text');
}

function isListOperator(operator: ComparisonOperator): boolean {
  return operator === '$in' || operator === '$notIn';
}

function operandBinder(operator: ComparisonOperator, slot: Slot, name: string): Binder {
  switch (operator) {
    case '$in':
    case '$notIn':
      return ({ values }) => {
        const items = values[slot];
        if (!Array.isArray(items)) throw invalid(name, `: ${operator} takes a list of values`);
        return arrayLiteral(items.map((item) => jsonText(scalar(item, name), name)));
      };
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return ({ values }) => jsonText(ordered(values[slot] ?? null, name), name);
    default:
      return ({ values }) => jsonText(values[slot] ?? null, name);
  }
}

function scalar(value: Json, name: string): Json {
  if (value === null || typeof value === 'object') throw invalid(name, ' is compared with texts, numbers and booleans');
  return value;
}

function ordered(value: Json, name: string): Json {
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(name, ' is ordered by texts and numbers');
  return value;
}

function invalid(name: string, reason: string): StkError {
  return new StkError('BAD_REQUEST', `A path in ${name}${reason}`, { column: name });
}
