import { type Column, type CompiledRule, StkError, type Table } from '@santokit/contract';
import { rowCondition, updateCheck } from '@santokit/policy';
import {
  badRequest,
  columnNamed,
  comparableColumn,
  forbidden,
  isList,
  type ParseContext,
  refuseUnknown,
  shown,
  type Template,
  type TemplateObject,
} from './parse-context.ts';
import { parseRows, setCells, writableColumn } from './parse-insert.ts';
import { readingRule } from './reading-rule.ts';
import type { Cell, InsertStatement } from './statement.ts';

/**
 * Parses the params of an upsert: `data` as of an insert, `conflict` and `update`. Rows that are inserted are under the rule of inserts,
 * rows that are there already under that of updates.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the columns
 */
export function parseUpsert(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): InsertStatement {
  refuseUnknown(params, ['data', 'conflict', 'update', 'returning'], '');
  const updating = context.ruleOf(table.name, 'update');
  if (updating === undefined) throw forbidden('You may not do this');
  const insert = parseRows(params, table, rule, context);
  const columns = conflictColumns(params.conflict, table, insert.cells);
  requireComparable(columns, insert, context);
  const update = updatedColumns(params.update, insert.cells, columns).map((column) =>
    writableColumn(column.name, table, updating),
  );
  const reach = rowCondition(updating);
  const set = setCells(table, updating);
  return { ...insert, conflict: { columns, update, set, reach, check: updateCheck(updating) } };
}

/** What tells that a row is there already: the key where the caller sends it, or any unique index that is named. */
function conflictColumns(conflict: Template | undefined, table: Table, cells: readonly Cell[]): Column[] {
  const names = conflict === undefined ? table.key.columns : namesOf(conflict, 'conflict');
  const columns = names.map((name) => columnNamed(table, name));
  if (!isUnique(table, names))
    throw badRequest(`conflict must be the columns of a unique index or of the key: ${names.map(shown).join(', ')}`);
  const missing = columns.find(
    ({ name }) => !cells.some((cell) => cell.column.name === name && cell.kind !== 'generated'),
  );
  if (missing === undefined) return columns;
  const hint = conflict === undefined ? '; name another unique index in conflict' : '';
  throw badRequest(
    `data must hold the column ${shown(missing.name)}, by which rows are told apart${hint}`,
    missing.name,
  );
}

/** What a row is found by, and answered for, tells whose value it was: of a value that the caller sends, they must be able to see it. */
function requireComparable(columns: readonly Column[], { table, cells }: InsertStatement, context: ParseContext): void {
  const reading = readingRule(table, context);
  for (const { name } of columns)
    if (cells.some(({ kind, column }) => kind === 'sent' && column.name === name))
      comparableColumn(table, reading, name, 'conflict');
}

function isUnique(table: Table, names: readonly string[]): boolean {
  const isThese = (columns: readonly string[]) =>
    columns.length === names.length && columns.every((column) => names.includes(column));
  if (isThese(table.key.columns)) return true;
  if (names.length === 1 && table.columns[names[0] ?? '']?.unique === true) return true;
  return table.indexes.some(({ unique, where, columns }) => unique && where === undefined && isThese(columns));
}

function updatedColumns(update: Template | undefined, cells: readonly Cell[], conflict: readonly Column[]): Column[] {
  const sent = cells.flatMap((cell) => (cell.kind === 'sent' ? cell : []));
  const partial = sent.find(({ presence }) => presence !== undefined);
  // A row that leaves a column out would have it overwritten by its default.
  if (partial !== undefined)
    throw new StkError(
      'BAD_REQUEST',
      `Each row of data needs the same columns; some lack ${shown(partial.column.name)}`,
      {
        column: partial.column.name,
      },
    );
  const columns = sent.map(({ column }) => column);
  if (update === undefined) return columns.filter((column) => !conflict.includes(column));
  return [...new Set(namesOf(update, 'update'))].map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column === undefined) throw badRequest(`update names ${shown(name)}, which data does not hold`, name);
    return column;
  });
}

function namesOf(names: Template, param: string): string[] {
  if (!isList(names)) throw badRequest(`${param} must be a list of columns`);
  return names.map((name) => {
    if (typeof name !== 'string') throw badRequest(`${param} must be a list of columns`);
    return name;
  });
}
