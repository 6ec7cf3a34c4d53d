import type { Column, ExpressionType } from '@santokit/contract';

/** The type of `resource.<column>`: that of the JSON form in which the column is answered. */
export function columnType(column: Column): ExpressionType {
  switch (column.type) {
    case 'string':
    case 'file':
    case 'uuid':
    case 'date':
      return 'string';
    case 'int':
    case 'bigint':
      return 'int';
    case 'float':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'array':
      return 'list';
    case 'decimal':
    case 'json':
    case 'timestamp':
    case 'bytes':
      return column.type;
  }
}
