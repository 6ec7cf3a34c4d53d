import { decimalText, exactDecimal, timestampText, type Value, writtenDecimal } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { type Comparable, isNumeric, isStorable, type OperandType, type ValueOperand } from './operand.ts';

export interface Pair {
  readonly left: SQL;
  readonly right: SQL;
}

/**
 * Two operands in a form in which PostgreSQL compares them by CEL's meaning; undefined where nothing compares them. A column that meets
 * a value stays as it is stored where that is possible, so that its index stays in use.
 */
export function comparablePair(left: Comparable, right: Comparable): Pair | undefined {
  if (isNumeric(left.type) && isNumeric(right.type))
    return { left: numberBeside(left, right.type), right: numberBeside(right, left.type) };
  if (left.type !== right.type) return undefined;
  switch (left.type) {
    case 'string':
      return textPair(left, right);
    case 'timestamp':
      return { left: momentBeside(left, right), right: momentBeside(right, left) };
    case 'duration':
      return { left: microseconds(left), right: microseconds(right) };
    case 'bool':
      return { left: boolean(left), right: boolean(right) };
    default:
      return undefined;
  }
}

/** A number in a form that is exact beside a number of the other type. */
export function numberBeside(operand: Comparable, other: OperandType): SQL {
  if (operand.type !== 'double') {
    if (operand.kind !== 'value') return operand.sql;
    // `bigint` keeps the indexes of integer columns in use.
    return operand.bind(numberText, operand.type === 'int' && other !== 'decimal' ? 'bigint' : 'numeric');
  }
  switch (other) {
    case 'decimal':
      return operand.kind === 'value' ? operand.bind(numberText, 'numeric') : sql`${operand.sql}::text::numeric`;
    case 'int':
      return operand.kind === 'value' ? operand.bind(exactText, 'numeric') : amongIntegers(operand.sql);
    default:
      return operand.kind === 'value' ? operand.bind(floatText, 'float8') : operand.sql;
  }
}

/**
 * A number that stands among the integers where the double does: PostgreSQL has no exact cast of `float8` to `numeric`, and one of an
 * integer to `float8` loses digits.
 */
function amongIntegers(double: SQL): SQL {
  return sql`(select case when n >= 9223372036854775808 then 1e19 when n < -9223372036854775808 then -1e19 else trunc(n)::bigint + sign(n - trunc(n))::numeric / 2 end from (select ${double} as n) as c)`;
}

/** A number as it is written; of a double the digits that it is written with. */
export function numberText(value: Value): string | null {
  switch (value.type) {
    case 'int':
      return value.value.toString();
    case 'double':
      return decimalText(writtenDecimal(value.value));
    case 'decimal':
      return decimalText(value.value);
    default:
      return null;
  }
}

function exactText(value: Value): string | null {
  return value.type === 'double' ? decimalText(exactDecimal(value.value)) : numberText(value);
}

export function floatText(value: Value): string | null {
  return value.type === 'double' ? String(value.value) : null;
}

function textPair(left: Comparable, right: Comparable): Pair | undefined {
  const a = textOf(left);
  const b = textOf(right);
  return a === undefined || b === undefined ? undefined : { left: sql`${a} collate "C"`, right: sql`${b} collate "C"` };
}

/** The text of an operand; undefined for one that cannot be stored, and so cannot be sent. */
export function textOf(operand: Comparable): SQL | undefined {
  if (operand.kind !== 'value') return operand.sql;
  return isStorable(operand) ? textParameter(operand) : undefined;
}

export function textParameter(operand: ValueOperand, encode: (text: string) => string | null = (text) => text): SQL {
  return operand.bind((value) => (value.type === 'string' ? encode(value.value) : null), 'text');
}

function momentBeside(operand: Comparable, other: Comparable): SQL {
  if (operand.kind === 'computed' || other.kind === 'computed') return microseconds(operand);
  if (operand.kind === 'column')
    return operand.storage === 'local' && other.kind === 'value' ? operand.name : operand.sql;
  const instant = operand.bind(
    (value) => (value.type === 'timestamp' ? timestampText(value.value) : null),
    'timestamptz',
  );
  return other.kind === 'column' && other.storage === 'local' ? sql`(${instant} at time zone 'UTC')` : instant;
}

/** A timestamp (since the epoch) or a duration as a number of microseconds, which is exact and cannot overflow. */
export function microseconds(operand: Comparable): SQL {
  switch (operand.kind) {
    case 'computed':
      return operand.sql;
    case 'column':
      return sql`(extract(epoch from ${operand.sql}) * 1000000)`;
    case 'value':
      return operand.bind(
        (value) => (value.type === 'timestamp' || value.type === 'duration' ? value.value.toString() : null),
        'numeric',
      );
  }
}

function boolean(operand: Comparable): SQL {
  return operand.kind === 'value' ? (operand.literal ?? sql`null::boolean`) : operand.sql;
}
