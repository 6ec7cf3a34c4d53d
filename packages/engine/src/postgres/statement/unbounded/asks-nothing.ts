import type { Json, LogicalType } from '@santokit/contract';
import type { ComparisonOperator } from '../../../statement/statement.ts';

/**
 * Whether a comparison is a search that was left empty: for the empty text, for a pattern that any text matches (`%`), or any that is not
 * empty (`_%`), for none of a list's items or of a document's members. It leaves out rows only that have nothing there to search, which is
 * no condition that anybody means a write to be bounded by; who means it asks for `$isNotNull`, or for what is not the empty text.
 * @param type of what is searched; `path`: a place in a document
 */
export function asksNothing(type: LogicalType | 'path', operator: ComparisonOperator, value: Json): boolean {
  if (operator === '$contains' && typeof value === 'object') return isSearchedForParts(type) && isEmpty(value);
  if ((type !== 'string' && type !== 'file' && type !== 'path') || typeof value !== 'string') return false;
  switch (operator) {
    case '$startsWith':
    case '$endsWith':
      return value === '';
    case '$contains':
      // In a document, that is a value like any other.
      return value === '' && type !== 'path';
    case '$like':
    case '$ilike':
      return /^[%_]+$/.test(value) && value.includes('%') && value.indexOf('_') === value.lastIndexOf('_');
    default:
      return false;
  }
}

function isSearchedForParts(type: LogicalType | 'path'): boolean {
  return type === 'array' || type === 'json' || type === 'path';
}

function isEmpty(value: Json): boolean {
  return value !== null && Object.keys(value).length === 0;
}
