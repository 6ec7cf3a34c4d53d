import type { ExpressionType, Json } from '@santokit/contract';
import { type Decimal, decimalText, parseDecimal } from './decimal.ts';
import { durationText, parseTimestamp, timestampText } from './instant.ts';

/** A value of an expression. Integers are 64-bit, timestamps and durations microseconds, decimals exact. */
export type Value =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'decimal'; readonly value: Decimal }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'timestamp'; readonly value: bigint }
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: string }
  | { readonly type: 'list'; readonly items: readonly Value[] }
  | { readonly type: 'map'; readonly entries: { readonly [key: string]: Json } };

/** What an operation that has no answer gives; it denies in the end. */
export const ERROR = { type: 'error' } as const;
export type Outcome = Value | typeof ERROR;

export const NULL: Value = { type: 'null' };
export const TRUE: Value = { type: 'bool', value: true };
export const FALSE: Value = { type: 'bool', value: false };

export function bool(value: boolean): Value {
  return value ? TRUE : FALSE;
}

/** An integer, or an error beyond 64 bits. */
export function int(value: bigint): Outcome {
  return BigInt.asIntN(64, value) === value ? { type: 'int', value } : ERROR;
}

/** A double; one that is not finite is an error, for no database and no JSON agrees on it. */
export function double(value: number): Outcome {
  return Number.isFinite(value) ? { type: 'double', value } : ERROR;
}

/** The value of plain JSON: whole numbers that are exact are integers, as in CEL's own reading of JSON literals. */
export function fromJson(json: Json | undefined): Value {
  if (json === null || json === undefined) return NULL;
  if (typeof json === 'boolean') return bool(json);
  if (typeof json === 'string') return { type: 'string', value: json };
  if (typeof json === 'number')
    return Number.isSafeInteger(json) ? { type: 'int', value: BigInt(json) } : { type: 'double', value: json };
  if (isList(json)) return { type: 'list', items: json.map(fromJson) };
  return { type: 'map', entries: json };
}

/** The value of a column from the JSON form in which the column is answered. */
export function fromColumn(type: ExpressionType, json: Json | undefined): Outcome {
  if (json === null || json === undefined) return NULL;
  switch (type) {
    case 'int':
      return typeof json === 'number' || typeof json === 'string' ? columnInt(json) : ERROR;
    case 'double':
      return typeof json === 'number' ? double(json) : ERROR;
    case 'decimal':
      return typeof json === 'string' || typeof json === 'number' ? decimal(parseDecimal(String(json))) : ERROR;
    case 'timestamp':
      return typeof json === 'string' ? columnTimestamp(json) : ERROR;
    case 'bytes':
      return typeof json === 'string' ? { type: 'bytes', value: json } : ERROR;
    default:
      return fromJson(json);
  }
}

/** The JSON form of a value, as a column of its type takes it. */
export function toJson(value: Value): Json {
  switch (value.type) {
    case 'null':
      return null;
    case 'int':
      return value.value >= BigInt(Number.MIN_SAFE_INTEGER) && value.value <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(value.value)
        : value.value.toString();
    case 'decimal':
      return decimalText(value.value);
    case 'timestamp':
      return timestampText(value.value);
    case 'duration':
      return durationText(value.value);
    case 'list':
      return value.items.map(toJson);
    case 'map':
      return value.entries;
    default:
      return value.value;
  }
}

/** A timestamp of microseconds since the epoch, or an error outside the years 0001 to 9999. */
export function timestamp(value: bigint | undefined): Outcome {
  if (value === undefined || value < LEAST_TIMESTAMP || value > MOST_TIMESTAMP) return ERROR;
  return { type: 'timestamp', value };
}

/** A duration in microseconds, or an error beyond some ten thousand years, the range of CEL. */
export function duration(value: bigint | undefined): Outcome {
  if (value === undefined || value < -MOST_DURATION || value > MOST_DURATION) return ERROR;
  return { type: 'duration', value };
}

/** Microseconds of 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z, the range of timestamps in CEL. */
export const LEAST_TIMESTAMP = -62_135_596_800_000_000n;
export const MOST_TIMESTAMP = 253_402_300_799_999_999n;
export const MOST_DURATION = 315_576_000_000_000_000n;

/** Farther than every timestamp: the columns of some databases hold `infinity`. */
const INFINITE: ReadonlyMap<string, bigint> = new Map([
  ['infinity', 1n << 63n],
  ['-infinity', -(1n << 63n)],
]);

function columnTimestamp(json: string): Outcome {
  const infinite = INFINITE.get(json);
  return infinite === undefined ? timestamp(parseTimestamp(json)) : { type: 'timestamp', value: infinite };
}

function columnInt(json: number | string): Outcome {
  return /^-?\d{1,19}$/.test(String(json)) ? int(BigInt(json)) : ERROR;
}

function decimal(value: Decimal | undefined): Outcome {
  return value === undefined ? ERROR : { type: 'decimal', value };
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
