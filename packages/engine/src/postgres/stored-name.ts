import type { Table } from '@santokit/contract';

/** The name that a table has in the database. */
export function storedName(table: Pick<Table, 'name' | 'nativeName'>): string {
  return table.nativeName ?? table.name;
}
