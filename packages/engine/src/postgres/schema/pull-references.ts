import type { Table } from '@santokit/contract';
import { canDescribe } from './describable-reference.ts';
import { tableKey } from './diff-context.ts';
import type { LiveForeignKey, LiveTable } from './live-schema.ts';

export interface PulledReferences {
  readonly table: Table;
  /** Why files cannot say the foreign keys that stay in the database undeclared. */
  readonly leftOut: readonly string[];
}

/** Adds a reference for the first foreign key of each column that a file can describe. */
export function pullReferences(
  table: Table,
  live: LiveTable,
  pulled: ReadonlyMap<string, { table: Table }>,
): PulledReferences {
  const columns = { ...table.columns };
  const leftOut: string[] = [];
  for (const key of live.foreignKeys) {
    const other = pulled.get(tableKey(key.target.schema, key.target.table))?.table;
    const [name = ''] = key.columns;
    const [target = ''] = key.target.columns;
    const column = columns[name];
    const reason = reasonToLeaveOut({ ...table, columns }, key, other);
    if (reason !== undefined) leftOut.push(`its foreign key ${key.name} (${key.columns.join(', ')}) ${reason}`);
    if (reason !== undefined || column === undefined || other === undefined) continue;
    const references = { table: other.name, column: target, onDelete: key.onDelete, onUpdate: key.onUpdate };
    columns[name] = { ...column, references };
  }
  return { table: { ...table, columns }, leftOut };
}

function reasonToLeaveOut(table: Table, key: LiveForeignKey, other: Table | undefined): string | undefined {
  const [name = ''] = key.columns;
  const [target = ''] = key.target.columns;
  if (key.columns.length !== 1) return 'has several columns, and a reference has one';
  if (other === undefined) return `leads to ${key.target.table}, which is not pulled`;
  if (!key.isValidated) return 'is not validated';
  if (!key.isJoinable) return 'compares columns of two collations';
  if (table.columns[name]?.references !== undefined) return 'is the second one of its column';
  if (table.key.generate !== undefined && table.key.columns.includes(name))
    return 'leads from the column under `id`, which a file lets lead nowhere';
  if (!canDescribe({ table, column: name }, { table: other, column: target }, key.onDelete))
    return `leads from ${name} to ${other.name}.${target} in a way that a file cannot say`;
  return undefined;
}
