import type { Column, Table } from '@santokit/contract';
import type { Change } from './change.ts';
import { sameType } from './diff-columns.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveColumn, LiveTable } from './live-schema.ts';

/**
 * References between columns that have a collation of their own each, and not the same: PostgreSQL chooses neither (manual, section
 * 24.2.1), so that no statement can follow such a relation.
 */
export function diffCollations(table: Table, live: LiveTable | undefined, context: DiffContext): Change[] {
  return Object.values(table.columns).flatMap((column): Change[] => {
    const collation = keptCollation(column, live);
    const { references } = column;
    if (collation === undefined || references === undefined) return [];
    const target = context.declared[references.table];
    const targetColumn = target?.columns[references.column];
    if (target === undefined || targetColumn === undefined) return [];
    const other = keptCollation(targetColumn, liveTable(target, context));
    if (other === undefined || other === collation) return [];
    const to = { table: references.table, column: references.column, collation: other };
    return [{ schema: schemaOf(table), table: table.name, kind: 'two_collations', column: column.name, collation, to }];
  });
}

function liveTable(table: Table, { live }: DiffContext): LiveTable | undefined {
  return live.tables.find((one) => one.name === table.name && one.schema === schemaOf(table));
}

/** A column whose type changes gets the collation of the new type. */
function keptCollation(column: Column, live: LiveTable | undefined): string | undefined {
  const found: LiveColumn | undefined = live?.columns.find(({ name }) => name === column.name);
  return found !== undefined && sameType(column, found) ? found.collation : undefined;
}
