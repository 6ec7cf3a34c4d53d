import { type CallOperation, type Column, type CompiledRule, RULES_OF_OPERATION, type Table } from '@santokit/contract';
import { opensColumn } from './admitted-rule.ts';

/** The columns that a rule opens to a call, in the order of the table: to be read, masked ones included, or to be written. */
export function openColumns(table: Table, operation: CallOperation, rule: CompiledRule): string[] {
  if (operation === 'delete') return [];
  const reads = RULES_OF_OPERATION[operation][0] === 'select';
  return Object.values(table.columns)
    .filter((column) => (reads ? opensColumn(rule, column.name) : isWritable(table, rule, column)))
    .map(({ name }) => name);
}

function isWritable(table: Table, rule: CompiledRule, { name, readOnly, disabled }: Column): boolean {
  if (readOnly === true || disabled === true || isGenerated(table, name)) return false;
  return opensColumn(rule, name) && !isSetBy(rule, name);
}

/** Whether the rule writes the column itself, so that nobody may send it. */
export function isSetBy({ set }: CompiledRule, name: string): boolean {
  return set !== undefined && Object.hasOwn(set, name);
}

/** Whether the column is a key that the Bridge or the database makes. */
export function isGenerated({ key }: Table, name: string): boolean {
  return key.columns.includes(name) && key.generate !== undefined && key.generate !== 'client';
}
