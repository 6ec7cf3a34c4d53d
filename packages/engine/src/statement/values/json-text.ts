import { type Json, StkError } from '@santokit/contract';

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
  const pending: { value: Json; depth: number }[] = [{ value, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value: current, depth } = next;
    if (depth > MOST_DEPTH) throw refused(label, `is nested more than ${MOST_DEPTH} deep`);
    if (typeof current === 'string' && !isWellFormedText(current))
      throw refused(label, 'must hold Unicode text without NUL');
    // A number beyond a double was read as infinity, which JSON would write as null.
    if (typeof current === 'number' && !Number.isFinite(current))
      throw refused(label, 'must hold numbers that a double can hold');
    if (current === null || typeof current !== 'object') continue;
    for (const [name, entry] of Object.entries(current)) {
      if (!isWellFormedText(name)) throw refused(label, 'must hold Unicode text without NUL');
      pending.push({ value: entry, depth: depth + 1 });
    }
  }
  return JSON.stringify(value);
}

function refused(label: string, reason: string): StkError {
  return new StkError('BAD_REQUEST', `${label} ${reason}`, { column: label.replace(/\[.*$/s, '') });
}
