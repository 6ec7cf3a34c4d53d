import { decimalOf, isNumber } from './compare.ts';
import { aligned, type Decimal } from './decimal.ts';
import { isStorableText } from './storable-text.ts';
import { duration, ERROR, int, type Outcome, timestamp, type Value } from './value.ts';

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** Arithmetic of two values of kinds that CEL brings together, or of a decimal and any number; all else is an error. */
export function arithmetic(operator: Arithmetic, left: Value, right: Value): Outcome {
  if (left.type === 'int' && right.type === 'int') return intArithmetic(operator, left.value, right.value);
  if (left.type === 'double' && right.type === 'double') return doubleArithmetic(operator, left.value, right.value);
  if (isNumber(left) && isNumber(right) && (left.type === 'decimal' || right.type === 'decimal'))
    return decimalArithmetic(operator, decimalOf(left), decimalOf(right));
  if (operator === '+' && left.type === 'string' && right.type === 'string')
    return concatenation(left.value, right.value);
  if (operator === '+' && left.type === 'list' && right.type === 'list')
    return { type: 'list', items: [...left.items, ...right.items] };
  return temporalArithmetic(operator, left, right);
}

function intArithmetic(operator: Arithmetic, left: bigint, right: bigint): Outcome {
  switch (operator) {
    case '+':
      return int(left + right);
    case '-':
      return int(left - right);
    case '*':
      return int(left * right);
    case '/':
      return right === 0n ? ERROR : int(left / right);
    case '%':
      return right === 0n ? ERROR : int(left % right);
  }
}

/**
 * Doubles are added, and multiplied, within these magnitudes: no result can then overflow or vanish, where databases raise an
 * error and others go on with infinity or zero.
 */
export const MOST_ADDED = 1e300;
export const MOST_MULTIPLIED = 1e150;
export const LEAST_MULTIPLIED = 1e-150;

function doubleArithmetic(operator: Arithmetic, left: number, right: number): Outcome {
  switch (operator) {
    case '+':
    case '-':
      if (Math.abs(left) > MOST_ADDED || Math.abs(right) > MOST_ADDED) return ERROR;
      return { type: 'double', value: operator === '+' ? left + right : left - right };
    case '*':
    case '/':
      if (!isMultiplied(left) || !isMultiplied(right) || (operator === '/' && right === 0)) return ERROR;
      return { type: 'double', value: operator === '*' ? left * right : left / right };
    case '%':
      return ERROR;
  }
}

function isMultiplied(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude === 0 || (magnitude >= LEAST_MULTIPLIED && magnitude <= MOST_MULTIPLIED);
}

/** Most digits before, and after, the point of a decimal in arithmetic: far within what databases compute exactly. */
export const MOST_DECIMAL_DIGITS = 1_000;

function decimalArithmetic(operator: Arithmetic, left: Decimal, right: Decimal): Outcome {
  if (!isComputable(left) || !isComputable(right)) return ERROR;
  const { a, b, scale } = aligned(left, right);
  switch (operator) {
    case '+':
      return { type: 'decimal', value: { digits: a + b, scale } };
    case '-':
      return { type: 'decimal', value: { digits: a - b, scale } };
    case '*':
      return { type: 'decimal', value: { digits: left.digits * right.digits, scale: left.scale + right.scale } };
    case '/':
    case '%':
      return ERROR;
  }
}

function isComputable({ digits, scale, beyond }: Decimal): boolean {
  if (beyond !== undefined || scale > MOST_DECIMAL_DIGITS) return false;
  return (digits < 0n ? -digits : digits).toString().length - scale <= MOST_DECIMAL_DIGITS;
}

/** A text that no database could hold is an error, so that memory and SQL say the same. */
function concatenation(left: string, right: string): Outcome {
  return isStorableText(left) && isStorableText(right) ? { type: 'string', value: left + right } : ERROR;
}

function temporalArithmetic(operator: Arithmetic, left: Value, right: Value): Outcome {
  if (operator !== '+' && operator !== '-') return ERROR;
  const sign = operator === '+' ? 1n : -1n;
  if (left.type === 'timestamp' && right.type === 'timestamp' && operator === '-')
    // Of two that are infinite the difference would be nothing at all.
    return left.value === right.value && timestamp(left.value).type === 'error'
      ? ERROR
      : duration(left.value - right.value);
  if (left.type === 'timestamp' && right.type === 'duration') return timestamp(left.value + sign * right.value);
  if (left.type === 'duration' && right.type === 'timestamp' && operator === '+')
    return timestamp(left.value + right.value);
  if (left.type === 'duration' && right.type === 'duration') return duration(left.value + sign * right.value);
  return ERROR;
}
