import { type SQL, sql } from 'drizzle-orm';
import {
  ERROR_SQL,
  isNumeric,
  isStorable,
  isUuidText,
  numberParameter,
  type Operand,
  textParameter,
  timestampParameter,
} from './operand.ts';

/** Null-safe equality: true or false, or null where an operand is an error. */
export function equalToSql(left: Operand, right: Operand): SQL {
  if (left.kind === 'error' || right.kind === 'error') return ERROR_SQL;
  if (left.kind === 'condition' || right.kind === 'condition') return conditionsEqual(left, right);
  if (left.kind === 'null') return isNullToSql(right);
  if (right.kind === 'null') return isNullToSql(left);
  if (left.kind === 'set' || right.kind === 'set' || left.kind === 'choice' || right.kind === 'choice')
    return ERROR_SQL;
  if (left.kind === 'value') return right.kind === 'value' ? ERROR_SQL : rowEqualsValue(right, left);
  if (right.kind === 'value') return rowEqualsValue(left, right);
  return rowEqualsRow(left, right);
}

type Row = Extract<Operand, { kind: 'column' | 'computed' }>;
type Bound = Extract<Operand, { kind: 'value' }>;
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

function rowEqualsValue(row: Row, value: Bound): SQL {
  const never = row.kind === 'column' ? sql`false` : falseUnlessError(row.sql);
  const comparison = comparisonWithValue(row, value);
  if (comparison === undefined) return never;
  // `null = x` is unknown to SQL and false to CEL; the second test says so and leaves an index on the first in use.
  return row.kind === 'column' && row.nullable ? sql`(${comparison} and ${row.sql} is not null)` : comparison;
}

function comparisonWithValue(row: Row, value: Bound): SQL | undefined {
  if (isNumeric(row.type) && isNumeric(value.type))
    return sql`(${exactNumber(row, value)} = ${numberParameter(value)})`;
  if (row.type !== value.type) return undefined;
  switch (row.type) {
    case 'string':
      return textEquals(row, value);
    case 'bool':
      return value.literal === undefined ? undefined : sql`(${row.sql} = ${value.literal})`;
    case 'timestamp':
      return sql`(${row.sql} = ${timestampParameter(value)})`;
    default:
      return undefined;
  }
}

// PostgreSQL would turn both into float8 and lose digits.
function exactNumber(row: Row, value: Bound): SQL {
  return row.type === 'double' || (row.type === 'int' && value.type !== 'int') ? sql`${row.sql}::numeric` : row.sql;
}

function textEquals(row: Row, value: Bound): SQL | undefined {
  if (!isStorable(value)) return undefined;
  if (row.kind === 'column' && row.storage === 'uuid')
    return isUuidText(value.outcome) ? sql`(${row.sql} = ${textParameter(value, 'uuid')})` : undefined;
  return sql`(${row.sql} = ${textParameter(value)})`;
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

/** Two operands of the row in a form in which PostgreSQL compares them by CEL's meaning. */
export function comparablePair(left: Row, right: Row): { readonly left: SQL; readonly right: SQL } | undefined {
  if (isNumeric(left.type) && isNumeric(right.type))
    return { left: sql`${left.sql}::numeric`, right: sql`${right.sql}::numeric` };
  if (left.type !== right.type || left.type === 'opaque') return undefined;
  return left.type === 'string'
    ? { left: sql`${left.sql}::text collate "C"`, right: sql`${right.sql}::text collate "C"` }
    : { left: left.sql, right: right.sql };
}
