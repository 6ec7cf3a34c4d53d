import type { ExpressionOperator } from '@santokit/contract';
import { RE2JS } from 're2js';
import { areEqual, compareValues, decimalOf, isNumber } from './compare.ts';
import { isStorableText } from './storable-text.ts';
import { bool, double, durationOf, ERROR, fromJson, int, type Outcome, timestampOf, type Value } from './value.ts';

/** The strict operators: those that need the values of all their arguments. */
export function callFunction(operator: ExpressionOperator, [left, right]: readonly Value[]): Outcome {
  if (left === undefined) return ERROR;
  if (right === undefined) return callUnary(operator, left);
  switch (operator) {
    case '==':
      return bool(areEqual(left, right));
    case '!=':
      return bool(!areEqual(left, right));
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (left.type === 'string' && right.type === 'string' && !areStorable(left.value, right.value)) return ERROR;
      return order(operator, compareValues(left, right));
    case 'in':
      return isIn(left, right);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right);
    case 'startsWith':
    case 'endsWith':
    case 'contains':
    case 'matches':
      return left.type === 'string' && right.type === 'string' && areStorable(left.value, right.value)
        ? textTest(operator, left.value, right.value)
        : ERROR;
    case 'index':
      return elementAt(left, right);
    default:
      return ERROR;
  }
}

function callUnary(operator: ExpressionOperator, value: Value): Outcome {
  switch (operator) {
    case '!':
      return value.type === 'bool' ? bool(!value.value) : ERROR;
    case 'negate':
      if (value.type === 'int') return int(-value.value);
      return value.type === 'double' ? double(-value.value) : ERROR;
    case 'size':
      return sizeOf(value);
    case 'timestamp':
      return value.type === 'timestamp' ? value : value.type === 'string' ? timestampOf(value.value) : ERROR;
    case 'duration':
      return value.type === 'duration' ? value : value.type === 'string' ? durationOf(value.value) : ERROR;
    default:
      return ERROR;
  }
}

function order(operator: '<' | '<=' | '>' | '>=', comparison: ReturnType<typeof compareValues>): Outcome {
  if (typeof comparison !== 'number') return ERROR;
  switch (operator) {
    case '<':
      return bool(comparison < 0);
    case '<=':
      return bool(comparison <= 0);
    case '>':
      return bool(comparison > 0);
    case '>=':
      return bool(comparison >= 0);
  }
}

function isIn(value: Value, container: Value): Outcome {
  if (container.type === 'list') return bool(container.items.some((item) => areEqual(value, item)));
  return container.type === 'map' && value.type === 'string'
    ? bool(Object.hasOwn(container.entries, value.value))
    : ERROR;
}

type Arithmetic = '+' | '-' | '*' | '/' | '%';

function arithmetic(operator: Arithmetic, left: Value, right: Value): Outcome {
  if (left.type === 'int' && right.type === 'int') return intArithmetic(operator, left.value, right.value);
  if (left.type === 'double' && right.type === 'double') return doubleArithmetic(operator, left.value, right.value);
  if (isNumber(left) && isNumber(right) && (left.type === 'decimal' || right.type === 'decimal'))
    return decimalArithmetic(operator, left, right);
  if (operator === '+' && left.type === 'string' && right.type === 'string')
    return concatenation(left.value, right.value);
  if (operator === '+' && left.type === 'list' && right.type === 'list')
    return { type: 'list', items: [...left.items, ...right.items] };
  return temporalArithmetic(operator, left, right);
}

function concatenation(left: string, right: string): Outcome {
  return areStorable(left, right) ? { type: 'string', value: left + right } : ERROR;
}

/** Every operation but equality on a text that no database could hold is an error, so that memory and SQL say the same. */
function areStorable(left: string, right: string): boolean {
  return isStorableText(left) && isStorableText(right);
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

function doubleArithmetic(operator: Arithmetic, left: number, right: number): Outcome {
  switch (operator) {
    case '+':
      return double(left + right);
    case '-':
      return double(left - right);
    case '*':
      return double(left * right);
    case '/':
      return right === 0 ? ERROR : double(left / right);
    case '%':
      return ERROR;
  }
}

function decimalArithmetic(operator: Arithmetic, left: Value, right: Value): Outcome {
  if (!isNumber(left) || !isNumber(right)) return ERROR;
  const a = decimalOf(left);
  const b = decimalOf(right);
  const scale = Math.max(a.scale, b.scale);
  const aligned = { left: a.digits * 10n ** BigInt(scale - a.scale), right: b.digits * 10n ** BigInt(scale - b.scale) };
  switch (operator) {
    case '+':
      return { type: 'decimal', value: { digits: aligned.left + aligned.right, scale } };
    case '-':
      return { type: 'decimal', value: { digits: aligned.left - aligned.right, scale } };
    case '*':
      return { type: 'decimal', value: { digits: a.digits * b.digits, scale: a.scale + b.scale } };
    case '/':
    case '%':
      return ERROR;
  }
}

function temporalArithmetic(operator: Arithmetic, left: Value, right: Value): Outcome {
  if (left.type === 'timestamp' && right.type === 'timestamp' && operator === '-')
    return { type: 'duration', value: left.value - right.value };
  if (left.type === 'timestamp' && right.type === 'duration' && operator === '+')
    return { type: 'timestamp', value: left.value + right.value };
  if (left.type === 'timestamp' && right.type === 'duration' && operator === '-')
    return { type: 'timestamp', value: left.value - right.value };
  if (left.type === 'duration' && right.type === 'timestamp' && operator === '+')
    return { type: 'timestamp', value: left.value + right.value };
  if (left.type === 'duration' && right.type === 'duration' && operator === '+')
    return { type: 'duration', value: left.value + right.value };
  if (left.type === 'duration' && right.type === 'duration' && operator === '-')
    return { type: 'duration', value: left.value - right.value };
  return ERROR;
}

function textTest(
  operator: 'startsWith' | 'endsWith' | 'contains' | 'matches',
  text: string,
  argument: string,
): Outcome {
  switch (operator) {
    case 'startsWith':
      return bool(text.startsWith(argument));
    case 'endsWith':
      return bool(text.endsWith(argument));
    case 'contains':
      return bool(text.includes(argument));
    case 'matches':
      return matches(text, argument);
  }
}

/** RE2: linear in the text, so that a pattern cannot hold up a request. */
function matches(text: string, pattern: string): Outcome {
  try {
    return bool(RE2JS.compile(pattern).matcher(text).find());
  } catch {
    // Not a pattern: an error of the expression, which denies.
    return ERROR;
  }
}

function sizeOf(value: Value): Outcome {
  switch (value.type) {
    case 'string':
      return int(BigInt([...value.value].length));
    case 'list':
      return int(BigInt(value.items.length));
    case 'map':
      return int(BigInt(Object.keys(value.entries).length));
    default:
      return ERROR;
  }
}

function elementAt(container: Value, key: Value): Outcome {
  if (container.type === 'list' && key.type === 'int') return container.items[Number(key.value)] ?? ERROR;
  if (container.type !== 'map' || key.type !== 'string' || !Object.hasOwn(container.entries, key.value)) return ERROR;
  return fromJson(container.entries[key.value]);
}
