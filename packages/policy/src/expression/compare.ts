import { compareDecimals, type Decimal, exactDecimal, writtenDecimal } from './decimal.ts';
import { ERROR, type Value } from './value.ts';

/** Null-safe equality: values of different kinds differ, numbers of every kind compare by what they are. */
export function areEqual(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right) === 0;
  if (left.type !== right.type) return false;
  switch (left.type) {
    case 'null':
      return true;
    case 'list':
      return (
        right.type === 'list' &&
        left.items.length === right.items.length &&
        left.items.every((item, i) => areEqual(item, right.items[i] ?? { type: 'null' }))
      );
    case 'map':
      return right.type === 'map' && JSON.stringify(sorted(left.entries)) === JSON.stringify(sorted(right.entries));
    default:
      return right.type === left.type && left.value === right.value;
  }
}

/** Below zero, zero or above zero; an error for null and for kinds that have no order between them. */
export function compareValues(left: Value, right: Value): number | typeof ERROR {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (left.type === 'string' && right.type === 'string') return compareCodePoints(left.value, right.value);
  if (left.type === 'bool' && right.type === 'bool') return Number(left.value) - Number(right.value);
  if (
    (left.type === 'timestamp' && right.type === 'timestamp') ||
    (left.type === 'duration' && right.type === 'duration')
  ) {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  return ERROR;
}

/** Orders by code points, which UTF-16 code units do not where surrogates meet U+E000 to U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  for (let i = 0; ; i++) {
    const a = left.codePointAt(i);
    const b = right.codePointAt(i);
    if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
    if (a !== b) return a - b;
    if (a > 0xffff) i++;
  }
}

export type NumberValue = Extract<Value, { type: 'int' | 'double' | 'decimal' }>;

export function isNumber(value: Value): value is NumberValue {
  return value.type === 'int' || value.type === 'double' || value.type === 'decimal';
}

/** A number as a decimal beside a decimal: of a double, what is written. */
export function decimalOf(value: NumberValue): Decimal {
  switch (value.type) {
    case 'int':
      return { digits: value.value, scale: 0 };
    case 'double':
      return writtenDecimal(value.value);
    case 'decimal':
      return value.value;
  }
}

function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (left.type === 'double' && right.type === 'double')
    return left.value < right.value ? -1 : Number(left.value > right.value);
  // Beside a whole number a double is the binary fraction that it is, as in CEL.
  if (left.type === 'double' && right.type === 'int')
    return compareDecimals(exactDecimal(left.value), decimalOf(right));
  if (left.type === 'int' && right.type === 'double')
    return compareDecimals(decimalOf(left), exactDecimal(right.value));
  return compareDecimals(decimalOf(left), decimalOf(right));
}

function sorted(entries: object): unknown {
  return Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
