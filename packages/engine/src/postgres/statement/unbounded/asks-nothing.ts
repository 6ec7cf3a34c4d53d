import type { Column, Json } from '@santokit/contract';
import type { ComparisonOperator } from '../../../statement/statement.ts';

/**
 * Whether a comparison is a search that was left empty: for the empty text, for a pattern that any text matches (`%`), or any that is not
 * empty (`_%`), for none of a list's items. It leaves out rows only that have nothing there to search, which is no condition that anybody
 * means a write to be bounded by; who means it asks for `$isNotNull`, or for what is not the empty text.
 */
export function asksNothing({ type }: Column, operator: ComparisonOperator, value: Json): boolean {
  if (type === 'array') return operator === '$contains' && Array.isArray(value) && value.length === 0;
  if ((type !== 'string' && type !== 'file') || typeof value !== 'string') return false;
  switch (operator) {
    case '$startsWith':
    case '$endsWith':
    case '$contains':
      return value === '';
    case '$like':
    case '$ilike':
      return /^[%_]+$/.test(value) && value.includes('%') && value.indexOf('_') === value.lastIndexOf('_');
    default:
      return false;
  }
}
