import type { ReferenceAction, Table } from '@santokit/contract';

/** A column at either end of a foreign key. */
export interface ReferenceEnd {
  readonly table: Table;
  readonly column: string;
}

/**
 * Whether files can say that `source` refers to `target`: both of one logical type, the target one that identifies a row, the
 * source not the column under `id`, and `set_null` only where null may stand.
 */
export function canDescribe(source: ReferenceEnd, target: ReferenceEnd, onDelete: ReferenceAction): boolean {
  const [from, to] = [source.table.columns[source.column], target.table.columns[target.column]];
  if (from === undefined || to === undefined || storedType(from.type) !== storedType(to.type)) return false;
  if (source.table.key.generate !== undefined && source.table.key.columns.includes(source.column)) return false;
  if (onDelete === 'set_null' && !from.nullable) return false;
  return identifiesRow(target.table, target.column);
}

function identifiesRow(table: Table, column: string): boolean {
  if (table.key.columns.length === 1 && table.key.columns[0] === column) return true;
  if (table.columns[column]?.unique === true) return true;
  return table.indexes.some(
    (index) => index.unique && index.where === undefined && index.columns.length === 1 && index.columns[0] === column,
  );
}

/** A storage key is text to the database. */
function storedType(type: string): string {
  return type === 'file' ? 'string' : type;
}
