import type { Json } from '@santokit/contract';

/** Deeper values are refused: databases and JSON parsers recurse over them. */
export const MOST_DEPTH = 100;
const NUL = String.fromCharCode(0);

/** Why no `json` column can hold a value; begins behind the name of what it is for. */
export type JsonFault =
  | `is nested more than ${typeof MOST_DEPTH} deep`
  | 'must hold numbers that a double can hold'
  | 'must hold Unicode text without NUL';

export const TOO_DEEP: JsonFault = `is nested more than ${MOST_DEPTH} deep`;

/** Whether a database can store the text: no lone surrogates (they have no UTF-8) and no NUL (PostgreSQL's text cannot hold it). */
export function isWellFormedText(text: string): boolean {
  return text.isWellFormed() && !text.includes(NUL);
}

/** Of a name, or of a value that holds no others. */
export function faultOfScalar(value: Json): JsonFault | undefined {
  if (typeof value === 'string') return isWellFormedText(value) ? undefined : 'must hold Unicode text without NUL';
  // A number beyond a double was read as infinity, which JSON would write as null.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must hold numbers that a double can hold';
  return undefined;
}
