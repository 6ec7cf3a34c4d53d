import type { Table } from '@santokit/contract';
import { schemaOf, tableKey } from './diff-context.ts';
import { declaredIndexes } from './diff-indexes.ts';
import type { LiveSchema } from './live-schema.ts';

/** One line for each foreign key without an index: deleting or expanding from the other side then reads the whole table. */
export function indexAdvice(declared: readonly Table[], live: LiveSchema): string[] {
  const tables = new Map(live.tables.map((table) => [tableKey(table.schema, table.name), table]));
  return declared.flatMap((table) => {
    const own = declaredIndexes(table).filter((index) => index.where === undefined);
    const others = tables.get(tableKey(schemaOf(table), table.name))?.indexes.filter((index) => !index.isPlain) ?? [];
    const leading = new Set([...own, ...others].map((index) => index.columns[0]).concat(table.key.columns[0]));
    return Object.values(table.columns)
      .filter((column) => column.references !== undefined && !leading.has(column.name))
      .map(
        (column) =>
          `${table.name}.${column.name} refers to ${column.references?.table} but has no index; ` +
          `add under ${table.name}: indexes: [{ columns: [${column.name}] }]`,
      );
  });
}
