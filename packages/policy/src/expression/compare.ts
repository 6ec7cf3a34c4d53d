import { type Decimal, ERROR, exactDecimal, type Value } from './value.ts';

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
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

type NumberValue = Extract<Value, { type: 'int' | 'double' | 'decimal' }>;

export function isNumber(value: Value): value is NumberValue {
  return value.type === 'int' || value.type === 'double' || value.type === 'decimal';
}

export function decimalOf(value: NumberValue): Decimal {
  switch (value.type) {
    case 'int':
      return { digits: value.value, scale: 0 };
    case 'double':
      return exactDecimal(value.value);
    case 'decimal':
      return value.value;
  }
}

function compareNumbers(left: NumberValue, right: NumberValue): number {
  const a = decimalOf(left);
  const b = decimalOf(right);
  const scale = Math.max(a.scale, b.scale);
  const difference = a.digits * 10n ** BigInt(scale - a.scale) - b.digits * 10n ** BigInt(scale - b.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function sorted(entries: object): unknown {
  return Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
