import type { ExpressionType, Json } from '@santokit/contract';

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

/** `digits` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

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
      return typeof json === 'number' || typeof json === 'string' ? int(BigInt(json)) : ERROR;
    case 'double':
      return typeof json === 'number' ? double(json) : ERROR;
    case 'decimal':
      return typeof json === 'string' ? { type: 'decimal', value: parseDecimal(json) } : ERROR;
    case 'timestamp':
      return typeof json === 'string' ? timestampOf(json) : ERROR;
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
      return `${decimalText({ digits: value.value, scale: 6 })}s`;
    case 'list':
      return value.items.map(toJson);
    case 'map':
      return value.entries;
    default:
      return value.value;
  }
}

/** A plain decimal text such as `-12.50`. */
export function parseDecimal(text: string): Decimal {
  const point = text.indexOf('.');
  return point < 0
    ? { digits: BigInt(text), scale: 0 }
    : { digits: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** The exact decimal of a finite double. */
export function exactDecimal(value: number): Decimal {
  let scale = 0;
  let scaled = value;
  // Every finite double is an integer times a power of two, so doubling ends.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    scale++;
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(scale), scale };
}

export function decimalText({ digits, scale }: Decimal): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(-scale)}`}`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

/** An RFC 3339 text as a timestamp; digits beyond microseconds are cut off. */
export function timestampOf(text: string): Outcome {
  const match = RFC3339.exec(text);
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}${match[4]?.toUpperCase()}`) / 1_000;
  if (Number.isNaN(seconds)) return ERROR;
  return {
    type: 'timestamp',
    value: BigInt(seconds) * 1_000_000n + BigInt((match?.[3] ?? '').padEnd(6, '0').slice(0, 6)),
  };
}

/** RFC 3339 in UTC, with microseconds where there are any. */
export function timestampText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const instant = new Date(Number((micros - fraction) / 1_000n));
  const whole = Number.isNaN(instant.getTime()) ? 'infinity' : instant.toISOString().slice(0, -5);
  return fraction === 0n ? `${whole}Z` : `${whole}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}Z`;
}

const DURATION_PART = /(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/y;
const MICROS: Readonly<Record<string, number>> = {
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1_000,
  us: 1,
  ns: 0.001,
};

/** A duration in CEL's notation, such as `1h30m` or `-1.5s`. */
export function durationOf(text: string): Outcome {
  const body = text.replace(/^[+-]/, '');
  let micros = 0;
  let at = 0;
  while (at < body.length) {
    DURATION_PART.lastIndex = at;
    const part = DURATION_PART.exec(body);
    if (part === null) return ERROR;
    micros += Number(part[1]) * (MICROS[part[2] ?? ''] ?? 0);
    at = DURATION_PART.lastIndex;
  }
  if (at === 0 || !Number.isSafeInteger(Math.round(micros))) return ERROR;
  const value = BigInt(Math.round(micros));
  return { type: 'duration', value: text.startsWith('-') ? -value : value };
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
