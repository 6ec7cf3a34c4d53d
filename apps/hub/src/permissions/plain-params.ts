import type { CallOperation, CompiledRule, Json, Table } from '@santokit/contract';
import { openColumns } from '@santokit/policy';

/** Params of a call that asks for nothing in particular: every row it may read, one row by its key, every column it may write. */
export function plainParams(table: Table, operation: CallOperation, rule: CompiledRule): Json {
  switch (operation) {
    case 'select':
    case 'count':
      return {};
    case 'aggregate':
      return { aggregate: { rows: { $count: '*' } } };
    case 'delete':
      return { where: byKey(table) };
    case 'update':
      return { where: byKey(table), data: written(table, operation, rule) };
    case 'insert':
      return { data: written(table, operation, rule) };
    case 'upsert':
      return { data: written(table, operation, rule), conflict: conflictOf(table) };
  }
}

function byKey({ key }: Table): Record<string, Json> {
  return Object.fromEntries(key.columns.map((name) => [name, ANY]));
}

/** Values are bound, so that which one it is does not show. */
const ANY = '';

function written(table: Table, operation: CallOperation, rule: CompiledRule): Record<string, Json> {
  const names = openColumns(table, operation, rule);
  const sent = operation === 'update' ? names.filter((name) => !table.key.columns.includes(name)) : names;
  return Object.fromEntries(sent.map((name) => [name, ANY]));
}

/** The columns by which rows are told apart and which a caller can send: the key's, else those of a unique index. */
function conflictOf({ key, columns, indexes }: Table): string[] {
  if (key.generate === undefined || key.generate === 'client') return [...key.columns];
  const column = Object.values(columns).find(({ unique }) => unique === true);
  const index = indexes.find(({ unique, where }) => unique && where === undefined);
  return column === undefined ? [...(index?.columns ?? key.columns)] : [column.name];
}
