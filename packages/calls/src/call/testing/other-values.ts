import type { Column, Json } from '@santokit/contract';

/** Other values that a column of the blog takes, null and one with the same last four characters among them where there are such. */
export function otherValues(column: Column, value: Json | undefined, key: string): readonly Json[] {
  if (column.unique === true) return [`${key}@zzz.org`, `~${key}${lastOf(value)}`];
  const others = othersOf(column, value);
  return column.nullable ? [...others, null] : others;
}

function othersOf(column: Column, value: Json | undefined): readonly Json[] {
  switch (column.type) {
    case 'string':
    case 'file':
      if (column.native !== undefined) return ['zzzzz', 'abcdf'];
      return ['zzz', `~~${lastOf(value)}`, lastOf(value), ...(column.enum ?? []), ''];
    case 'int':
      return [77, 0, -3, 1];
    case 'bigint':
      return ['77', '5', '-9'];
    case 'float':
      return [77.5, 0.25];
    case 'decimal':
      return ['77.50', '0.25', `10${typeof value === 'string' ? value : '0.00'}`];
    case 'boolean':
      return [value !== true];
    case 'json':
      return [{ deep: { er: 'zzz' } }, { deep: 1 }, 'er'];
    case 'timestamp':
      return ['2001-01-01T00:00:00Z', '2040-01-01T00:00:00Z', '2025-12-25T00:00:00.000001Z'];
    case 'date':
      return ['2001-01-01', typeof value === 'string' ? `1999${value.slice(4)}` : '1999-01-01'];
    case 'uuid':
      return ['00000000-0000-4000-8000-000000000099', 'ffffffff-0000-4000-8000-000000000001'];
    case 'bytes':
      return ['AAAB', ''];
    case 'array':
      return column.items?.type === 'int' ? [[], [77], [1]] : [[], ['zzz'], ['M1']];
  }
}

function lastOf(value: Json | undefined): string {
  return typeof value === 'string' ? [...value].slice(-4).join('') : '';
}

/** A value that stands nowhere else and is told from those of other values, and the texts of both that are hashed; undefined for types that have none. */
export function freshValue(
  column: Column,
  value: Json | undefined,
): { readonly value: Json; readonly text: string; readonly of: string } | undefined {
  switch (column.type) {
    case 'string':
      return typeof value === 'string' && column.native === undefined ? freshText(`~${value}`, value) : undefined;
    case 'int':
    case 'float':
      return typeof value === 'number'
        ? { value: value + 1000, text: String(value + 1000), of: String(value) }
        : undefined;
    case 'bigint':
      return typeof value === 'string' ? freshText(String(BigInt(value) + 1000n), value) : undefined;
    case 'decimal':
      return typeof value === 'string' && !value.startsWith('-') ? freshText(`1000${value}`, value) : undefined;
    case 'date':
      return typeof value === 'string' ? freshText(`1${value.slice(1)}`, value) : undefined;
    case 'timestamp': {
      if (typeof value !== 'string') return undefined;
      const moved = `1${value.slice(1)}`;
      return { value: moved, text: JSON.stringify(moved), of: JSON.stringify(value) };
    }
    case 'uuid':
      return typeof value === 'string' ? freshText(`eeeeeeee${value.slice(8)}`, value) : undefined;
    default:
      return undefined;
  }
}

function freshText(value: string, of: string) {
  return { value, text: value, of };
}
