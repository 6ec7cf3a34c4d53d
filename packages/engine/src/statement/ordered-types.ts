import type { LogicalType } from '@santokit/contract';

/** Types whose values have an order that a caller may ask by: `$gt` and its like, `$min` and `$max`. */
export const ORDERED_TYPES: readonly LogicalType[] = [
  'string',
  'file',
  'int',
  'bigint',
  'float',
  'decimal',
  'timestamp',
  'date',
  'uuid',
];
