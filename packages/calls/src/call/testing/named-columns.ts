import type { Column, CompiledPermissions, TABLE_OPERATIONS, Table } from '@santokit/contract';

/** Which columns random calls name. */
export interface NamedColumns {
  /** In filters, orders, groups and figures. */
  readonly compared: (table: Table) => readonly Column[];
  /** In what is written. */
  readonly written: (table: Table, operation: 'insert' | 'update' | 'upsert') => readonly Column[];
}

export const EVERY_COLUMN: NamedColumns = {
  compared: ({ columns }) => Object.values(columns),
  written: ({ columns }) => Object.values(columns),
};

const NONE: readonly string[] = [];

/** The columns that the first rule of each operation allows, so that few calls are refused. */
export function columnsAllowedBy(tables: CompiledPermissions['tables']): NamedColumns {
  const ruleOf = (table: Table, operation: (typeof TABLE_OPERATIONS)[number]) => tables[table.name]?.[operation]?.[0];
  const allowed = (table: Table, operation: (typeof TABLE_OPERATIONS)[number]) => {
    const { columns, mask = {}, set = {} } = ruleOf(table, operation) ?? { columns: NONE };
    return Object.values(table.columns).filter(
      ({ name }) => (columns?.includes(name) ?? true) && !Object.hasOwn(mask, name) && !Object.hasOwn(set, name),
    );
  };
  return {
    compared: (table) => allowed(table, 'select'),
    written: (table, operation) => {
      if (operation !== 'upsert') return allowed(table, operation);
      const updated = allowed(table, 'update');
      return allowed(table, 'insert').filter((column) => updated.includes(column));
    },
  };
}
