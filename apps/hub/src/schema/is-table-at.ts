import { TABLE_DEFAULT_SCHEMA, type Table } from '@santokit/contract';

/** Whether a table of the files stands there in its database. */
export function isTableAt(
  { schema, name, nativeName }: Table,
  at: { readonly schema: string; readonly table: string },
): boolean {
  return (schema ?? TABLE_DEFAULT_SCHEMA) === at.schema && (nativeName ?? name) === at.table;
}
