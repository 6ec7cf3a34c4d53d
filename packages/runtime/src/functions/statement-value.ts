import type { Json } from '@santokit/contract';

/**
 * A value as a parameter in PostgreSQL's notation: a list becomes an array, an object JSON, all else its text. The statement decides the
 * type.
 */
export function statementValue(value: Json): string | null {
  if (value === null) return null;
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? arrayText(value) : JSON.stringify(value);
}

/** As in the manual, "Array Input and Output Syntax". */
function arrayText(items: readonly Json[]): string {
  return `{${items.map(itemText).join(',')}}`;
}

function itemText(item: Json): string {
  if (Array.isArray(item)) return arrayText(item);
  const text = statementValue(item);
  return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
