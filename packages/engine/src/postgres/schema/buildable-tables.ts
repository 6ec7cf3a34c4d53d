import type { Column, Table } from '@santokit/contract';
import { uncreatable } from './steps/table-step.ts';

export interface BuildableTables {
  /** Without references to what is left out. */
  readonly tables: readonly Table[];
  readonly skipped: readonly { readonly table: string; readonly reason: string }[];
}

/** The tables that can be made from what files say of them alone, and why the others cannot. */
export function buildableTables(declared: readonly Table[]): BuildableTables {
  const reasons = new Map(
    declared.flatMap((table) => {
      const reason = whyNotBuildable(table);
      return reason === undefined ? [] : [[table.name, reason]];
    }),
  );
  const tables = declared.filter(({ name }) => !reasons.has(name)).map((table) => withoutReferences(table, reasons));
  return { tables, skipped: [...reasons].map(([table, reason]) => ({ table, reason })) };
}

function whyNotBuildable(table: Table): string | undefined {
  if (table.view) return 'it is a view, whose SQL is in the database alone';
  return Object.values(table.columns)
    .map(uncreatable)
    .find((reason) => reason !== undefined);
}

function withoutReferences(table: Table, skipped: ReadonlyMap<string, string>): Table {
  const columns = Object.values(table.columns).map((column): [string, Column] => {
    const { references, ...rest } = column;
    return [column.name, references !== undefined && skipped.has(references.table) ? rest : column];
  });
  return { ...table, columns: Object.fromEntries(columns) };
}
