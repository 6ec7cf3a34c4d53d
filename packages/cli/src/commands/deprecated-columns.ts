import type { Schema } from '@santokit/contract';

export interface DeprecatedColumn {
  readonly connection: string;
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  /** `2027-01-31`, or null where the file names no day. */
  readonly sunset: string | null;
  /** Whether the day has passed. */
  readonly overdue: boolean;
  /** Whether writes are refused already. */
  readonly disabled: boolean;
}

/** The deprecated columns of a schema, those whose day comes first before the others, those without one last. */
export function deprecatedColumns(schema: Schema, now: Date): DeprecatedColumn[] {
  const today = now.toISOString().slice(0, 10);
  return Object.values(schema)
    .flatMap(({ connection, name: table, columns }) =>
      Object.values(columns).flatMap(({ name: column, deprecated, disabled = false }) => {
        if (deprecated === undefined) return [];
        const { reason, sunset = null } = deprecated;
        return [{ connection, table, column, reason, sunset, overdue: sunset !== null && sunset < today, disabled }];
      }),
    )
    .toSorted((a, b) => compare(a.sunset ?? '9999', b.sunset ?? '9999') || compare(a.table, b.table));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
