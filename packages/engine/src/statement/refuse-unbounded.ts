import { type Json, StkError } from '@santokit/contract';
import type { Filter } from './statement.ts';

/** A write that reaches every row must say so, so that a forgotten condition does no harm. */
export const UNBOUNDED_WRITE = 'where is absent or always true; "all": true says that every row is meant';

/**
 * Refuses values that make a filter hold for every row, such as a prefix that is empty.
 * @throws StkError `BAD_REQUEST`
 */
export function refuseUnbounded(where: Filter, values: readonly Json[]): void {
  if (alwaysHolds(where, values)) throw new StkError('BAD_REQUEST', UNBOUNDED_WRITE);
}

function alwaysHolds(filter: Filter, values: readonly Json[]): boolean {
  switch (filter.kind) {
    case 'constant':
      return filter.holds;
    case 'all':
      return filter.filters.every((part) => alwaysHolds(part, values));
    case 'any':
      return filter.filters.some((part) => alwaysHolds(part, values));
    case 'not':
    case 'null':
    case 'path':
      return false;
    case 'related':
      // Where every row refers to another, to ask for no more than that asks for nothing.
      return filter.isCertain && alwaysHolds(filter.where, values);
    case 'compare': {
      const value = values[filter.slot];
      if (filter.column.nullable || typeof value !== 'string') return false;
      switch (filter.operator) {
        case '$startsWith':
        case '$endsWith':
        case '$contains':
          return value === '';
        case '$like':
        case '$ilike':
          return /^%+$/.test(value);
        case '$gte':
          return value === '' && (filter.column.type === 'string' || filter.column.type === 'file');
        default:
          return false;
      }
    }
  }
}
