import type { Column, Json } from '@santokit/contract';
import type { Filter } from '../../../statement/statement.ts';
import { unboundedWrite } from '../../../statement/unbounded-write.ts';
import { alwaysHolds } from './always-holds.ts';

/**
 * Refuses values that make the filter of a write hold for every row, such as a prefix that is empty. Undefined where no values do, as of
 * most filters that are written in earnest.
 */
export function unboundedGuard(where: Filter): ((values: readonly Json[]) => void) | undefined {
  if (isPlainlyBounded(where)) return undefined;
  return (values) => {
    if (alwaysHolds(where, values)) throw unboundedWrite();
  };
}

/** Whether it is not true of a row whose every value differs from all those that it names. */
function isPlainlyBounded(filter: Filter): boolean {
  switch (filter.kind) {
    case 'constant':
      return !filter.holds;
    case 'all':
      return filter.filters.some(isPlainlyBounded);
    case 'any':
      return filter.filters.every(isPlainlyBounded);
    case 'compare':
      return (filter.operator === '$eq' || filter.operator === '$in') && hasManyValues(filter.column);
    case 'path':
      return typeof filter.test === 'object' && (filter.test.operator === '$eq' || filter.test.operator === '$in');
    case 'not':
    case 'null':
    case 'related':
      return false;
  }
}

/** More than a filter can name. */
function hasManyValues(column: Column): boolean {
  return column.type !== 'boolean' && column.enum === undefined;
}
