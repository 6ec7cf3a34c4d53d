import {
  LEAST_MULTIPLIED,
  LEAST_TIMESTAMP,
  MOST_ADDED,
  MOST_DECIMAL_DIGITS,
  MOST_DURATION,
  MOST_MULTIPLIED,
  MOST_TIMESTAMP,
} from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { microseconds, numberBeside, textOf } from './comparable-pair.ts';
import { type Comparable, type ComputedOperand, ERROR, isComparable, isNumeric, type Operand } from './operand.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** Arithmetic that never raises: out of range, by zero and on null it is null, CEL's error. */
export function arithmeticToSql(operator: Arithmetic, left: Operand, right: Operand): Operand {
  if (!isComparable(left) || !isComparable(right)) return ERROR;
  if (left.type === 'int' && right.type === 'int') return integerArithmetic(operator, left, right);
  if (left.type === 'double' && right.type === 'double') return doubleArithmetic(operator, left, right);
  if (isNumeric(left.type) && isNumeric(right.type) && (left.type === 'decimal' || right.type === 'decimal'))
    return decimalArithmetic(operator, left, right);
  if (operator === '+' && left.type === 'string' && right.type === 'string') return concatenation(left, right);
  return temporalArithmetic(operator, left, right);
}

/** The number with the other sign. */
export function negationToSql(operand: Operand): Operand {
  if (!isComparable(operand)) return ERROR;
  switch (operand.type) {
    case 'int':
      return integer(sql`- ${integral(operand)}`);
    case 'double':
      return { kind: 'computed', type: 'double', sql: sql`(- ${numberBeside(operand, 'double')})` };
    case 'decimal':
      return { kind: 'computed', type: 'decimal', sql: sql`(- ${computable(operand)})` };
    default:
      return ERROR;
  }
}

function integerArithmetic(operator: Arithmetic, left: Comparable, right: Comparable): Operand {
  const a = integral(left);
  const b = integral(right);
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return integer(sql`${a} ${sql.raw(operator)} ${b}`);
    case '/':
      return integer(sql`div(${a}, nullif(${b}, 0))`);
    case '%':
      return integer(sql`mod(${a}, nullif(${b}, 0))`);
  }
}

function integral(operand: Comparable): SQL {
  return sql`${numberBeside(operand, 'int')}::numeric`;
}

/** Computed in `numeric`, which is exact and has room, then held against the bounds of 64 bits. */
function integer(computation: SQL): ComputedOperand {
  return { kind: 'computed', type: 'int', sql: within(computation, -(1n << 63n), (1n << 63n) - 1n) };
}

/** The computation's result, or null outside the bounds; the computation is written, and done, once. */
function within(computation: SQL, least: bigint, most: bigint): SQL {
  return sql`(select case when n between ${sql.raw(`${least} and ${most}`)} then n end from (select ${computation} as n) as c)`;
}

function doubleArithmetic(operator: Arithmetic, left: Comparable, right: Comparable): Operand {
  if (operator === '%') return ERROR;
  const operands = sql`(select ${numberBeside(left, 'double')} as a, ${numberBeside(right, 'double')} as b) as c`;
  const result = sql.raw(`a ${operator} b`);
  return {
    kind: 'computed',
    type: 'double',
    sql: sql`(select case when ${sql.raw(DOUBLE_GUARDS[operator])} then ${result} end from ${operands})`,
  };
}

const ADDED = `abs(a) <= ${MOST_ADDED} and abs(b) <= ${MOST_ADDED}`;
const MULTIPLIED = ['a', 'b']
  .map((name) => `(${name} = 0 or abs(${name}) between ${LEAST_MULTIPLIED} and ${MOST_MULTIPLIED})`)
  .join(' and ');
const DOUBLE_GUARDS = { '+': ADDED, '-': ADDED, '*': MULTIPLIED, '/': `${MULTIPLIED} and b <> 0` } as const;

function decimalArithmetic(operator: Arithmetic, left: Comparable, right: Comparable): Operand {
  if (operator === '/' || operator === '%') return ERROR;
  const computation = sql`(${computable(left)} ${sql.raw(operator)} ${computable(right)})`;
  return { kind: 'computed', type: 'decimal', sql: computation };
}

/** A number as a decimal; null for one of so many digits that a result could overflow, and for what is no number. */
function computable(operand: Comparable): SQL {
  const number = numberBeside(operand, 'decimal');
  if (operand.kind === 'value' || operand.type !== 'decimal') return sql`${number}::numeric`;
  const guard = sql.raw(`abs(n) < 1e${MOST_DECIMAL_DIGITS} and scale(n) <= ${MOST_DECIMAL_DIGITS}`);
  return sql`(select case when ${guard} then n end from (select ${number} as n) as c)`;
}

function concatenation(left: Comparable, right: Comparable): Operand {
  const a = textOf(left);
  const b = textOf(right);
  if (a === undefined || b === undefined) return ERROR;
  // Two columns of different collations have none together.
  return { kind: 'computed', type: 'string', sql: sql`((${a} || ${b}) collate "C")` };
}

function temporalArithmetic(operator: Arithmetic, left: Comparable, right: Comparable): Operand {
  const type = temporalType(operator, left, right);
  if (type === undefined) return ERROR;
  const computation = sql`${microseconds(left)} ${sql.raw(operator)} ${microseconds(right)}`;
  return type === 'timestamp'
    ? { kind: 'computed', type, sql: within(computation, LEAST_TIMESTAMP, MOST_TIMESTAMP) }
    : { kind: 'computed', type, sql: within(computation, -MOST_DURATION, MOST_DURATION) };
}

function temporalType(operator: Arithmetic, { type: left }: Comparable, { type: right }: Comparable) {
  if (operator !== '+' && operator !== '-') return undefined;
  if (right === 'duration') return left === 'timestamp' || left === 'duration' ? left : undefined;
  if (right !== 'timestamp') return undefined;
  if (operator === '-') return left === 'timestamp' ? 'duration' : undefined;
  return left === 'duration' ? 'timestamp' : undefined;
}
