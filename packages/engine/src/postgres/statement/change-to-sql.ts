import { type Column, type Json, StkError, type Table } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Binder, BindInput } from '../../statement/plan.ts';
import type { Change } from '../../statement/statement.ts';
import { compileTypeCheck } from '../../statement/values/check-value.ts';
import { OUT_OF_BOUNDS_MARKER } from '../check-marker.ts';
import { logicalType } from '../type-map.ts';
import { columnName, conjunction, parameter, typeOf } from './fragments.ts';
import { integerRange } from './integer-range.ts';
import { isArrayType, textForm } from './text-form.ts';

/**
 * The new value of a column, made of the old one. One that would leave the column's bounds makes the statement fail; nothing added to
 * nothing stays nothing, but a list begins with its first element.
 */
export function changeToSql({ column, change, slot }: Change, table: Table, alias: string): SQL {
  const old = columnName(alias, column.name);
  const { value, bounds } = change === '$inc' ? increased(column, old, slot) : appended(column, old, slot);
  if (bounds === undefined) return value;
  const place = Object.keys(table.columns).indexOf(column.name);
  const [key = ''] = table.key.columns;
  const marker = sql.raw(`'${OUT_OF_BOUNDS_MARKER}${place}'`);
  // Depends on the row, so that it cannot be evaluated before there is one.
  const failure = sql`(${marker} || left(${columnName(alias, key)}::text, 0))::integer`;
  return sql`case when (${bounds}) is not false then ${value} when ${failure} is null then ${old} end`;
}

interface Changed {
  readonly value: SQL;
  /** Of the value, or of what it is made of where that can be too much to be made; undefined: none. */
  readonly bounds: SQL | undefined;
}

function increased(column: Column, old: SQL, slot: number): Changed {
  const { name } = column;
  // `min` and `max` are for the sum; but what has more digits than the column would be rounded in silence.
  const check = compileTypeCheck({ type: column.type, ...digitsOf(column) });
  const binder: Binder = ({ values }) => {
    const amount = values[slot] ?? null;
    return check(column.type === 'bigint' && Number.isSafeInteger(amount) ? String(amount) : amount, name);
  };
  const native = typeOf(column);
  const range = integerRange(native);
  if (range !== undefined) {
    // In the column's own type the sum would overflow before it could be looked at, and the server would not say where.
    const sum = sql`(${old}::numeric + ${parameter(binder, 'bigint')})`;
    const reach = sql`${sum} between ${constant(range.least, 'numeric')} and ${constant(range.most, 'numeric')}`;
    return { value: sql`${sum}::${sql.raw(native)}`, bounds: conjunction([reach, numberBounds(column, sum)]) };
  }
  if (column.type === 'float') return increasedFloat(column, old, binder);
  const value = sql`${old} + ${parameter(binder, native)}`;
  return { value, bounds: numberBounds(column, value) };
}

/** Half a step beyond the greatest single precision number: what comes to it is rounded to infinity. */
const BEYOND_REAL = 2 ** 128 - 2 ** 103;

/** A sum that overflows is an error of the server's that does not say where: it is made only where it does not. */
function increasedFloat(column: Column, old: SQL, amount: Binder): Changed {
  const double = 'double precision';
  if (typeOf(column) === 'real') {
    const sum = sql`(${old}::double precision + ${parameter(amount, double)})`;
    const reach = sql`abs(${sum}) < ${constant(String(BEYOND_REAL), double)}`;
    return { value: sql`${sum}::real`, bounds: conjunction([reach, numberBounds(column, sum)]) };
  }
  const amountOf = (input: BindInput) => Number(amount(input));
  const least = parameter((input) => String(-Number.MAX_VALUE - Math.min(amountOf(input), 0)), double);
  const most = parameter((input) => String(Number.MAX_VALUE - Math.max(amountOf(input), 0)), double);
  const value = sql`${old} + ${parameter(amount, typeOf(column))}`;
  const reach = sql`${old} between ${least} and ${most}`;
  return { value, bounds: conjunction([reach, numberBounds(column, value)]) };
}

function constant(value: string | bigint, type: string): SQL {
  return parameter(() => String(value), type);
}

function appended(column: Column, old: SQL, slot: number): Changed {
  const type = typeOf(column);
  const form = textForm(column);
  const check = compileTypeCheck({ type: 'array', ...(column.items === undefined ? {} : { items: column.items }) });
  const binder: Binder = ({ values }) => form(check(asList(values[slot] ?? null, column), column.name));
  const elements = parameter(binder, type);
  const before = sql`coalesce(${old}::jsonb, ${parameter(() => '[]', 'jsonb')})`;
  const value = isArrayType(type)
    ? sql`${old} || ${elements}`
    : sql`(${before} || ${elements}::jsonb)::${sql.raw(type)}`;
  return { value, bounds: lengthBounds(column, value) };
}

/** One element stands for a list of it; where elements are lists themselves, a list of lists is meant as one. */
function asList(value: Json, column: Column): Json {
  if (value === null) throw new StkError('BAD_REQUEST', `${column.name} must not be null`, { column: column.name });
  if (!Array.isArray(value)) return [value];
  return column.items?.type === 'array' && !value.every((item) => Array.isArray(item)) ? [value] : value;
}

/** As they are declared, else those of a pinned type. */
function digitsOf({ precision, scale, native }: Column): { readonly precision?: number; readonly scale?: number } {
  if (precision !== undefined) return { precision, ...(scale === undefined ? {} : { scale }) };
  const pinned = native === undefined ? undefined : logicalType(native);
  return pinned?.precision === undefined ? {} : { precision: pinned.precision, scale: pinned.scale ?? 0 };
}

function numberBounds(column: Column, value: SQL): SQL | undefined {
  const { type, min, max } = column;
  const { precision, scale } = digitsOf(column);
  const bound = (text: string) => constant(text, type === 'float' ? 'double precision' : 'numeric');
  const digits = type === 'decimal' && precision !== undefined ? precision - (scale ?? 0) : undefined;
  const most = digits === undefined ? undefined : bound(`1${'0'.repeat(digits)}`);
  return conjunction([
    min === undefined ? undefined : sql`${value} >= ${bound(min)}`,
    max === undefined ? undefined : sql`${value} <= ${bound(max)}`,
    most === undefined ? undefined : sql`abs(${value}) < ${most}`,
  ]);
}

function lengthBounds(column: Column, value: SQL): SQL | undefined {
  const { maxLength } = column;
  if (maxLength === undefined) return undefined;
  const length = isArrayType(typeOf(column)) ? sql`cardinality(${value})` : sql`jsonb_array_length((${value})::jsonb)`;
  return sql`${length} <= ${constant(String(maxLength), 'integer')}`;
}
