import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { BindInput, Plan } from '../../statement/plan.ts';
import type { OutputColumn } from '../../statement/statement.ts';
import { ANSWER_SIZE_MARKER } from '../check-marker.ts';
import { parameter, typeOf } from './fragments.ts';
import { quote } from './value-format.ts';

/** Of a byte that the database holds JSON makes as many at most: a control character becomes `\u0001`. */
const MOST_ESCAPED = 6;
/** For what frames the rows. */
const FRAME_BYTES = 64;
/** Of a value whose type says how long it can be, and of a mask, with quotes and comma. */
const SHORT_BYTES = 130;

/**
 * What a row weighs in an answer at most, in bytes that the database holds: what it really comes to, only the finished answer tells.
 * @param values of the columns, in order
 */
export function rowWeight(columns: readonly OutputColumn[], values: readonly SQL[]): SQL {
  const fixed = Math.ceil(shortBytes(columns) / MOST_ESCAPED);
  const lengths = columns.flatMap((output, index) => {
    const value = values[index];
    return value === undefined || !isOfAnyLength(output) ? [] : [sql`coalesce(${length(output.column, value)}, 0)`];
  });
  return sql.join([parameter(() => String(fixed), 'integer'), ...lengths], sql` + `);
}

/**
 * Makes a statement fail whose answer may be larger than it may be, so that nothing is written before that is known for certain.
 * @param anchor a text of what was written, so that nothing fails before it is there @param share of the answer that may weigh as much
 */
export function heavyFailure(weight: SQL, anchor: SQL, share: (input: BindInput) => number = () => 1): SQL {
  const most = parameter((input) => {
    const { mostAnswerBytes } = input;
    // A transaction takes back what turned out too large.
    if (mostAnswerBytes === undefined) return null;
    return String(Math.floor(Math.max(0, mostAnswerBytes - FRAME_BYTES) / MOST_ESCAPED / share(input)));
  }, 'bigint');
  return sql`when ${weight} > ${most} then (${sql.raw(`'${ANSWER_SIZE_MARKER}'`)} || left(${anchor}, 0))::integer`;
}

/** Of a byte that is sent: the server writes `1e+308` with all its digits, controls become escapes. */
const MOST_GROWTH = 64;

/** Judges by its parameters what an insert's answer comes to at most, triggers and generated columns left aside. */
export function insertedBytes(
  columns: readonly OutputColumn[],
  rowsOf: (input: BindInput) => number,
): NonNullable<Plan['mostBytes']> {
  const perRow = shortBytes(columns) + columns.reduce((sum, { column }) => sum + defaultBytes(column), 0);
  return (params, input) => {
    let bytes = FRAME_BYTES + perRow * rowsOf(input);
    for (const param of params) if (param !== null) bytes += param.length * MOST_GROWTH;
    return bytes;
  };
}

/** What the database gives a column that was not sent, or pads it to. */
function defaultBytes(column: Column): number {
  const { default: preset, maxLength = 0 } = column;
  const literal = preset?.kind === 'literal' ? Buffer.byteLength(JSON.stringify(preset.value)) : 0;
  return literal + (typeOf(column) === 'bpchar' ? maxLength : 0);
}

/** What the columns of a row come to, where their types say it, and their names. */
function shortBytes(columns: readonly OutputColumn[]): number {
  return columns.reduce(
    (sum, { column: { name, precision = 0 } }) => sum + Buffer.byteLength(quote(name)) + SHORT_BYTES + precision,
    0,
  );
}

function isOfAnyLength({ column: { type, precision }, mask }: OutputColumn): boolean {
  // What a mask keeps back must not be told by its length either.
  if (mask !== undefined) return false;
  switch (type) {
    case 'string':
    case 'file':
    case 'json':
    case 'array':
    case 'bytes':
      return true;
    case 'decimal':
      return precision === undefined;
    case 'int':
    case 'bigint':
    case 'float':
    case 'boolean':
    case 'timestamp':
    case 'date':
    case 'uuid':
      return false;
  }
}

function length({ type }: Column, value: SQL): SQL {
  return type === 'bytes' ? sql`octet_length(${value})` : sql`octet_length((${value})::text)`;
}
