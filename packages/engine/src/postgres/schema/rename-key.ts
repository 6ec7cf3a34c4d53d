import type { Place } from './change.ts';
import type { LiveForeignKey, PlacedForeignKey } from './live-schema.ts';

/** Other names of tables and columns; the same name where there is no other. */
export interface OtherNames {
  table(schema: string, table: string): string;
  column(place: Place, column: string): string;
}

/** A foreign key of the table at `place` in other names. */
export function renameForeignKey<K extends LiveForeignKey>(key: K, place: Place, names: OtherNames): K {
  const { schema, table, columns } = key.target;
  return {
    ...key,
    columns: key.columns.map((name) => names.column(place, name)),
    target: {
      schema,
      table: names.table(schema, table),
      columns: columns.map((name) => names.column({ schema, table }, name)),
    },
  };
}

/** The same, with the table that it is of. */
export function renamePlacedKey(key: PlacedForeignKey, names: OtherNames): PlacedForeignKey {
  return { ...renameForeignKey(key, key, names), table: names.table(key.schema, key.table) };
}
