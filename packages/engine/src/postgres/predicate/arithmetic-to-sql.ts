import { type SQL, sql } from 'drizzle-orm';
import { isStorable, numberParameter, type Operand, textParameter } from './operand.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '%' | 'negate';

/** Arithmetic that never raises: out of 64 bits, by zero and on null it is null, CEL's error. */
export function arithmeticToSql(operator: Arithmetic, left: Operand, right: Operand): Operand {
  if (operator === 'negate') return integer(left) === undefined ? ERROR : bounded(sql`-(${integer(left)})`);
  if (operator === '+' && isText(left) && isText(right)) return concatenation(left, right);
  const a = integer(left);
  const b = integer(right);
  if (a !== undefined && b !== undefined) return bounded(integerArithmetic(operator, a, b));
  return decimalArithmetic(operator, left, right);
}

const ERROR: Operand = { kind: 'error' };

/** Computed once in `numeric`, which is exact and has room, then held against the bounds of 64 bits. */
function bounded(computation: SQL): Operand {
  const text = sql`(select case when n between -9223372036854775808 and 9223372036854775807 then n end from (select ${computation} as n) as c)`;
  return { kind: 'computed', type: 'int', sql: text };
}

function integerArithmetic(operator: Exclude<Arithmetic, 'negate'>, left: SQL, right: SQL): SQL {
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return sql`${left} ${sql.raw(operator)} ${right}`;
    case '/':
      return sql`div(${left}, nullif(${right}, 0))`;
    case '%':
      return sql`mod(${left}, nullif(${right}, 0))`;
  }
}

function decimalArithmetic(operator: Exclude<Arithmetic, 'negate'>, left: Operand, right: Operand): Operand {
  if (operator === '/' || operator === '%' || !(isDecimal(left) || isDecimal(right))) return ERROR;
  const a = exact(left);
  const b = exact(right);
  return a === undefined || b === undefined
    ? ERROR
    : { kind: 'computed', type: 'decimal', sql: sql`(${a} ${sql.raw(operator)} ${b})` };
}

function integer(operand: Operand): SQL | undefined {
  if (!('type' in operand) || operand.type !== 'int') return undefined;
  return exact(operand);
}

function exact(operand: Operand): SQL | undefined {
  if (operand.kind === 'value')
    return operand.type === 'int' || operand.type === 'decimal' || operand.type === 'double'
      ? sql`${numberParameter(operand)}::numeric`
      : undefined;
  if (operand.kind !== 'column' && operand.kind !== 'computed') return undefined;
  return operand.type === 'int' || operand.type === 'decimal' ? sql`${operand.sql}::numeric` : undefined;
}

function isDecimal(operand: Operand): boolean {
  return 'type' in operand && operand.type === 'decimal';
}

type Text = Extract<Operand, { kind: 'column' | 'computed' | 'value' }>;

function isText(operand: Operand): operand is Text {
  return 'type' in operand && operand.type === 'string';
}

function concatenation(left: Text, right: Text): Operand {
  const parts = [left, right].map((operand) =>
    operand.kind !== 'value' ? sql`${operand.sql}::text` : isStorable(operand) ? textParameter(operand) : undefined,
  );
  const [a, b] = parts;
  // A text that PostgreSQL cannot hold makes a text that equals nothing stored; denying is the safe reading.
  return a === undefined || b === undefined ? ERROR : { kind: 'computed', type: 'string', sql: sql`(${a} || ${b})` };
}
