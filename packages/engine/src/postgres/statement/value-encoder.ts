import type { Column } from '@santokit/contract';
import type { OutputMask } from '../../statement/statement.ts';
import type { ByteWriter } from './byte-writer.ts';
import { typeOf } from './fragments.ts';
import { isArrayType } from './text-form.ts';
import { timestampJson, type ValueFormat, valueFormat } from './value-format.ts';
import type { WireRow } from './wire-row.ts';
import { writeTimestamp } from './wire-timestamp.ts';

/** Writes the JSON form of a column that is not null, byte by byte from what the server sent. */
export type ValueEncoder = (row: WireRow, column: number, out: ByteWriter) => void;

/** The most bytes that an encoder adds to those of the value, beside what the writer reserves itself: an instant has 8 and becomes 29. */
export const MOST_ADDED = 24;

/** The encoder of a column's values; says what `valueFormat` says. What is rare goes through text. */
export function valueEncoder(column: Column, mask: OutputMask | undefined): ValueEncoder {
  if (mask !== undefined) return throughText(valueFormat(column, mask));
  switch (column.type) {
    case 'string':
    case 'file':
      return encodeString;
    case 'bigint':
    case 'decimal':
    case 'uuid':
    case 'date':
      return encodeQuoted;
    case 'int':
    case 'json':
      return encodeAsIs;
    case 'boolean':
      return encodeBoolean;
    case 'timestamp':
      return encodeTimestamp;
    case 'float':
    case 'bytes':
      return throughText(valueFormat(column, mask));
    case 'array':
      return isArrayType(typeOf(column)) ? throughText(valueFormat(column, mask)) : encodeAsIs;
  }
}

const QUOTE = 0x22;
const SPACE = 0x20;
const SMALL_T = 0x74;
/** The end of ` BC`. */
const CAPITAL_C = 0x43;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;
const PLUS = 0x2b;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** Of `2024-01-31 12:00:00`: where the time is set apart. */
const DAY_LENGTH = 10;
const UTC_OFFSET_LENGTH = '+00'.length;

function throughText(format: ValueFormat): ValueEncoder {
  return (row, column, out) => out.text(format(row.text(column)));
}

function encodeString(row: WireRow, column: number, out: ByteWriter): void {
  out.string(row.source, row.start(column), row.end(column));
}

/** Values whose text holds nothing that JSON escapes. */
function encodeQuoted(row: WireRow, column: number, out: ByteWriter): void {
  out.byte(QUOTE);
  out.copy(row.source, row.start(column), row.end(column));
  out.byte(QUOTE);
}

function encodeAsIs(row: WireRow, column: number, out: ByteWriter): void {
  out.copy(row.source, row.start(column), row.end(column));
}

function encodeBoolean(row: WireRow, column: number, out: ByteWriter): void {
  out.constant(row.source[row.start(column)] === SMALL_T ? TRUE : FALSE);
}

/** See `timestampJson`: RFC 3339 in UTC; `infinity` and years before the common era as they are. */
export function encodeTimestamp(row: WireRow, column: number, out: ByteWriter): void {
  if (row.isBinary(column)) {
    if (!writeTimestamp(row.source, row.start(column), out)) out.text(timestampJson(row.text(column)));
    return;
  }
  const { source } = row;
  const start = row.start(column);
  const end = row.end(column);
  if (source[start + DAY_LENGTH] !== SPACE || source[end - 1] === CAPITAL_C) {
    encodeQuoted(row, column, out);
    return;
  }
  const hasOffset = source[end - UTC_OFFSET_LENGTH] === PLUS;
  out.byte(QUOTE);
  out.copy(source, start, start + DAY_LENGTH);
  out.byte(CAPITAL_T);
  out.copy(source, start + DAY_LENGTH + 1, hasOffset ? end - UTC_OFFSET_LENGTH : end);
  out.byte(CAPITAL_Z);
  out.byte(QUOTE);
}
