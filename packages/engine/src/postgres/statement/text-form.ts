import { type Column, parseJson } from '@santokit/contract';
import { typeOf } from './fragments.ts';

/** Turns a checked value's text into the notation of PostgreSQL's input functions. */
type TextForm = (text: string) => string;

/** The text form of a column's values: bytes in hex, lists for array types as array literals, all else as it is. */
export function textForm(column: Column): TextForm {
  if (column.type === 'bytes') return (text) => `\\x${Buffer.from(text, 'base64').toString('hex')}`;
  if (column.type === 'array' && isArrayType(typeOf(column))) return (text) => arrayLiteralOfJson(parseJson(text));
  return (text) => text;
}

export function isArrayType(type: string): boolean {
  return type.endsWith('[]');
}

/** An array literal (PostgreSQL manual 8.15.6), every element quoted, so that no element's text has a meaning of its own. */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quoted(element))).join(',')}}`;
}

function arrayLiteralOfJson(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const elements = value.map((element) => {
    if (element === null) return 'NULL';
    if (Array.isArray(element)) return arrayLiteralOfJson(element);
    return quoted(typeof element === 'object' ? JSON.stringify(element) : String(element));
  });
  return `{${elements.join(',')}}`;
}

function quoted(element: string): string {
  return `"${element.replace(/["\\]/g, '\\$&')}"`;
}
