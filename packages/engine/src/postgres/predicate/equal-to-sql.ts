import { isDay } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { comparablePair, textParameter } from './comparable-pair.ts';
import {
  type ColumnOperand,
  type ComputedOperand,
  ERROR_SQL,
  isComparable,
  isStorable,
  isUuidText,
  type Operand,
  type ValueOperand,
} from './operand.ts';

/** Null-safe equality: true or false, or null where an operand is an error. */
export function equalToSql(left: Operand, right: Operand): SQL {
  if (left.kind === 'error' || right.kind === 'error') return ERROR_SQL;
  if (left.kind === 'condition' || right.kind === 'condition') return conditionsEqual(left, right);
  if (left.kind === 'null') return isNullToSql(right);
  if (right.kind === 'null') return isNullToSql(left);
  if (!isComparable(left) || !isComparable(right)) return ERROR_SQL;
  if (left.kind === 'value') return right.kind === 'value' ? ERROR_SQL : rowEqualsValue(right, left);
  if (right.kind === 'value') return rowEqualsValue(left, right);
  return rowEqualsRow(left, right);
}

type Row = ColumnOperand | ComputedOperand;

function isNullToSql(operand: Operand): SQL {
  switch (operand.kind) {
    case 'column':
      return sql`(${operand.sql} is null)`;
    case 'computed':
      return sql`(case when ${operand.sql} is not null then false end)`;
    case 'condition':
      return sql`(case when ${operand.sql} is not null then false end)`;
    default:
      return sql`false`;
  }
}

function conditionsEqual(left: Operand, right: Operand): SQL {
  if (left.kind !== 'condition') return conditionsEqual(right, left);
  switch (right.kind) {
    case 'condition':
      return sql`(${left.sql} = ${right.sql})`;
    case 'null':
      return isNullToSql(left);
    case 'value':
      return right.literal === undefined ? falseUnlessError(left.sql) : sql`(${left.sql} = ${right.literal})`;
    case 'column':
      return right.type === 'bool'
        ? sql`(case when ${left.sql} is not null then ${right.sql} is not distinct from ${left.sql} end)`
        : falseUnlessError(left.sql);
    case 'computed':
      return sql`(case when ${left.sql} is not null and ${right.sql} is not null then false end)`;
    default:
      return falseUnlessError(left.sql);
  }
}

/** False, unless what it would compare is an error. */
function falseUnlessError(text: SQL): SQL {
  return sql`(case when ${text} is not null then false end)`;
}

function rowEqualsValue(row: Row, value: ValueOperand): SQL {
  const never = row.kind === 'column' ? sql`false` : falseUnlessError(row.sql);
  const comparison = comparisonWithValue(row, value);
  if (comparison === undefined) return never;
  // `null = x` is unknown to SQL and false to CEL; the second test says so and leaves an index on the first in use.
  return row.kind === 'column' && row.nullable ? sql`(${comparison} and ${row.sql} is not null)` : comparison;
}

function comparisonWithValue(row: Row, value: ValueOperand): SQL | undefined {
  if (row.kind === 'column' && row.type === 'string' && value.type === 'string') return textEquals(row, value);
  const pair = comparablePair(row, value);
  return pair === undefined ? undefined : sql`(${pair.left} = ${pair.right})`;
}

/** Compares the column as it is stored, so that its index stays in use. */
function textEquals(column: ColumnOperand, value: ValueOperand): SQL | undefined {
  if (!isStorable(value)) return undefined;
  switch (column.storage) {
    case 'uuid':
      return isUuidText(value.outcome) ? sql`(${column.name} = ${textParameter(value)}::uuid)` : undefined;
    case 'day': {
      const day = () => sql`${textParameter(value, (text) => (isDay(text) ? text : null))}::date`;
      // A text that is no day equals no day: then the parameter is null, and the second test false.
      return sql`(${column.name} = ${day()} and ${day()} is not null)`;
    }
    case 'cast':
      return sql`(${column.sql} collate "C" = ${textParameter(value)})`;
    default:
      return sameCharacters(column.name, textParameter(value), textParameter(value));
  }
}

/**
 * What the column's own collation finds, which its index serves, and of that the texts that are the same: a collation that is not
 * deterministic finds others too. It asks by the function, because the planner would count on the column's statistics twice for two operators.
 */
function sameCharacters(column: SQL, value: SQL, again: SQL): SQL {
  return sql`(${column} = ${value} and texteq(${column} collate "C", ${again}))`;
}

function rowEqualsRow(left: Row, right: Row): SQL {
  const operands = comparablePair(left, right);
  const equal =
    operands === undefined ? bothNull(left, right) : sql`${operands.left} is not distinct from ${operands.right}`;
  // A computed operand that is null is an error, not CEL's null.
  const errors = [left, right]
    .filter((operand) => operand.kind === 'computed')
    .map((operand) => sql`${operand.sql} is not null`);
  return errors.length === 0 ? sql`(${equal})` : sql`(case when ${sql.join(errors, sql` and `)} then ${equal} end)`;
}

/** What is left of equality between kinds that have nothing else in common. */
function bothNull(left: Row, right: Row): SQL {
  return left.kind === 'column' && right.kind === 'column'
    ? sql`(${left.sql} is null and ${right.sql} is null)`
    : sql`false`;
}
