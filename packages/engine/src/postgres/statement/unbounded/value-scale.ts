import type { Column, Json } from '@santokit/contract';
import { compareDecimals } from '../../../statement/values/decimal.ts';
import { isCalendarDate, normalisedTimestamp } from '../../../statement/values/instants.ts';
import { typeOf } from '../fragments.ts';
import { integerRange } from '../integer-range.ts';

/** What is known of a column's values for certain: which of them differ, and perhaps in which order they come. */
export interface ValueScale {
  /** The text of a value that is compared with; undefined for one that the column does not take. */
  readonly textOf: (value: Json) => string | undefined;
  /** Zero for texts of one value; the sign says no more unless `isOrdered`. */
  readonly compare: (a: string, b: string) => number;
  /** Whether `compare` gives the database's own order. */
  readonly isOrdered: boolean;
  /** Whether some value lies between these two, or beyond the one that is given. */
  readonly hasBetween: (lower: string | undefined, upper: string | undefined) => boolean;
  /** All values, where they are few. */
  readonly every: readonly string[] | undefined;
}

/** The scale of a column; undefined where two different texts may be one value, such as under `citext`. */
export function valueScale(column: Column): ValueScale | undefined {
  const scale = scaleOfType(column);
  if (scale === undefined || column.enum === undefined) return scale;
  const every = column.enum.map(scale.textOf).filter((text) => text !== undefined);
  return every.length === column.enum.length ? { ...scale, every } : scale;
}

/** A pinned type that is not one of those that the logical type usually has may round, or fold case. */
function scaleOfType(column: Column): ValueScale | undefined {
  const native = typeOf(column);
  switch (column.type) {
    case 'string':
    case 'file':
      // The collation is the database's: what is different is known, what is less is not.
      return column.enum !== undefined || native === 'text' || native === 'character varying' ? TEXT : undefined;
    case 'int':
    case 'bigint':
      return integers(native);
    case 'decimal':
      return native === 'numeric' ? { ...DENSE, textOf: decimalOf, compare: compareDecimals } : undefined;
    case 'float':
      return native === 'double precision' ? { ...DENSE, textOf: numberOf, compare: compareDecimals } : undefined;
    case 'boolean':
      return native === 'boolean' ? BOOLEAN : undefined;
    case 'timestamp':
      return /^timestamp with(out)? time zone$/.test(native) ? { ...DENSE, textOf: instantOf } : undefined;
    case 'date':
      return native === 'date' ? { ...DENSE, textOf: dateOf } : undefined;
    case 'uuid':
      return native === 'uuid' ? UUID : undefined;
    case 'bytes':
    case 'json':
    case 'array':
      return undefined;
  }
}

const DENSE = { compare: compareTexts, isOrdered: true, hasBetween: () => true, every: undefined };
const TEXT: ValueScale = { ...DENSE, textOf: stringOf, isOrdered: false };
const BOOLEAN: ValueScale = {
  ...DENSE,
  textOf: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  every: ['false', 'true'],
};
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const MAX_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID: ValueScale = {
  ...DENSE,
  textOf: (value) => stringOf(value)?.toLowerCase(),
  hasBetween: (lower, upper) => lower !== MAX_UUID && upper !== NIL_UUID,
};

function integers(native: string): ValueScale | undefined {
  const range = integerRange(native);
  if (range === undefined) return undefined;
  const { least, most } = range;
  return {
    ...DENSE,
    textOf: (value) => (/^-?[0-9]{1,20}$/.test(String(value)) ? String(value) : undefined),
    compare: compareDecimals,
    hasBetween: (lower, upper) => BigInt(upper ?? most + 1n) - BigInt(lower ?? least - 1n) > 1n,
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function stringOf(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: Json): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

function decimalOf(value: Json): string | undefined {
  return typeof value === 'string' && /^-?[0-9]{1,1000}(\.[0-9]{1,1000})?$/.test(value) ? value : undefined;
}

function dateOf(value: Json): string | undefined {
  return typeof value === 'string' && isCalendarDate(value) ? value : undefined;
}

/** Without the zone, whose letter would come after the point of a fraction. */
function instantOf(value: Json): string | undefined {
  return typeof value === 'string' ? normalisedTimestamp(value)?.slice(0, -1) : undefined;
}
