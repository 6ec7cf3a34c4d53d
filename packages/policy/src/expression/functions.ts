import type { ExpressionOperator } from '@santokit/contract';
import { RE2JS } from 're2js';
import { arithmetic } from './arithmetic.ts';
import { areEqual, compareValues } from './compare.ts';
import { parseDuration, parseTimestamp } from './instant.ts';
import { bool, double, duration, ERROR, fromJson, int, type Outcome, timestamp, type Value } from './value.ts';

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
      return left.type === 'string' && right.type === 'string' ? textTest(operator, left.value, right.value) : ERROR;
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
      if (value.type === 'double') return double(-value.value);
      return value.type === 'decimal' && value.value.beyond === undefined
        ? { type: 'decimal', value: { ...value.value, digits: -value.value.digits } }
        : ERROR;
    case 'size':
      return sizeOf(value);
    case 'timestamp':
      return value.type === 'timestamp'
        ? value
        : value.type === 'string'
          ? timestamp(parseTimestamp(value.value))
          : ERROR;
    case 'duration':
      return value.type === 'duration' ? value : value.type === 'string' ? duration(parseDuration(value.value)) : ERROR;
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

function textTest(
  operator: 'startsWith' | 'endsWith' | 'contains' | 'matches',
  text: string,
  argument: string,
): Outcome {
  if (operator !== 'matches' && !argument.isWellFormed())
    return textTest(operator, codePoints(text), codePoints(argument));
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

/** A text in which half a surrogate pair is found as itself alone, not within a pair. */
function codePoints(text: string): string {
  return `,${Array.from(text, (point) => point.codePointAt(0)).join(',')},`;
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
