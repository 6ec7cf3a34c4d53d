import { type Json, StkError } from '@santokit/contract';
import { isList } from '../json-object.ts';

/** Deeper values are refused: databases and JSON parsers recurse over them. */
const MOST_DEPTH = 100;
const NUL = String.fromCharCode(0);

/** Whether a database can store the text: no lone surrogates (they have no UTF-8) and no NUL (PostgreSQL's text cannot hold it). */
export function isWellFormedText(text: string): boolean {
  return text.isWellFormed() && !text.includes(NUL);
}

/**
 * JSON text of any value.
 * @throws StkError `BAD_REQUEST` when it is nested too deeply or holds text that cannot be stored
 */
export function jsonText(value: Json, label: string): string {
  check(value, label, 0);
  return JSON.stringify(value);
}

/** Makes nothing for what it looks at: a document may hold a million of them. */
function check(value: Json, label: string, depth: number): void {
  if (depth > MOST_DEPTH) throw refused(label, `is nested more than ${MOST_DEPTH} deep`);
  if (typeof value === 'string') checkText(value, label);
  // A number beyond a double was read as infinity, which JSON would write as null.
  if (typeof value === 'number' && !Number.isFinite(value))
    throw refused(label, 'must hold numbers that a double can hold');
  if (value === null || typeof value !== 'object') return;
  if (isList(value)) for (const item of value) check(item, label, depth + 1);
  else
    for (const name of Object.keys(value)) {
      checkText(name, label);
      check(value[name] ?? null, label, depth + 1);
    }
}

function checkText(text: string, label: string): void {
  if (!isWellFormedText(text)) throw refused(label, 'must hold Unicode text without NUL');
}

function refused(label: string, reason: string): StkError {
  return new StkError('BAD_REQUEST', `${label} ${reason}`, { column: label.replace(/\[.*$/s, '') });
}
