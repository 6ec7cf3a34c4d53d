import type { Json, Table } from '@santokit/contract';
import { opensColumn } from '@santokit/policy';
import type { Access } from './access.ts';

interface Caller {
  readonly access: Access;
  readonly params: Json;
}

/**
 * Which columns of a table a caller knows of: those that they sent, those that they may select, and the key, which every row is answered with.
 * What a rule sets in a column that is none of these must not be told of by an error either.
 */
export function knownColumns(table: Table, { access, params }: Caller): (column: string) => boolean {
  const rule = access.ruleOf(table.name, 'select');
  const rows = rowsOf(params);
  return (column) =>
    table.key.columns.includes(column) ||
    (rule !== undefined && opensColumn(rule, column)) ||
    rows.some((row) => isObject(row) && Object.hasOwn(row, column));
}

function rowsOf(params: Json): readonly Json[] {
  const data = isObject(params) ? params.data : undefined;
  if (data === undefined) return [];
  return Array.isArray(data) ? data : [data];
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
