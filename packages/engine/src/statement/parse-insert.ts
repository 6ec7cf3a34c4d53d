import { type Column, type CompiledRule, StkError, type Table } from '@santokit/contract';
import { opensColumn } from '@santokit/policy';
import {
  badRequest,
  columnNamed,
  forbidden,
  isList,
  isObject,
  member,
  type ParseContext,
  refuseUnknown,
  shown,
  type Template,
  type TemplateObject,
} from './parse-context.ts';
import { parseReturning } from './parse-returning.ts';
import type { Cell, InsertStatement } from './statement.ts';

/**
 * Parses the params of an insert: `data` one row or a list of rows.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the columns
 */
export function parseInsert(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): InsertStatement {
  refuseUnknown(params, ['data', 'returning'], '');
  return parseRows(params, table, rule, context);
}

/** The rows to be inserted and what comes back of them, whatever else the params say. */
export function parseRows(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): InsertStatement {
  const { rows, template } = dataOf(params.data);
  const sent = Object.entries(template).map(([name, cell]) => sentCell(name, cell, table, rule));
  const set = setCells(table, rule);
  const made = keyCells(table).filter(({ column }) => !set.some((cell) => cell.column === column));
  const cells = [...made, ...sent, ...set];
  refuseMissing(table, cells);
  return {
    kind: 'insert',
    table,
    rows,
    cells,
    check: rule.check,
    conflict: undefined,
    returning: parseReturning(params.returning ?? true, table, context),
  };
}

/** A list of rows comes as `[slot of their number, columns]`: see `ShapeWriter`. */
function dataOf(data: Template | undefined): { rows: number | undefined; template: TemplateObject } {
  if (isObject(data)) return { rows: undefined, template: data };
  const [rows, template] = isList(data) ? data : [];
  if (typeof rows === 'number' && isObject(template)) return { rows, template };
  throw badRequest('data must be a row or a list of rows');
}

function sentCell(name: string, cell: Template, table: Table, rule: CompiledRule): Cell {
  const column = writableColumn(name, table, rule);
  if (table.key.columns.includes(name) && table.key.generate !== undefined && table.key.generate !== 'client')
    throw badRequest(`The key ${shown(name)} is generated and cannot be sent`, name);
  const [slot, presence] = isList(cell) ? cell : [cell];
  return { kind: 'sent', column, slot: Number(slot), presence: presence === undefined ? undefined : Number(presence) };
}

/**
 * A column that the caller may write.
 * @throws StkError `BAD_REQUEST` unknown, read-only or disabled; `FORBIDDEN` hidden from the rule or set by it
 */
export function writableColumn(name: string, table: Table, rule: CompiledRule): Column {
  const column = columnNamed(table, name);
  if (rule.set !== undefined && member(rule.set, name) !== undefined)
    throw forbidden(`The column ${shown(name)} is written by the server`, name);
  if (!opensColumn(rule, name)) throw forbidden(`The column ${shown(name)} may not be written`, name);
  if (column.readOnly) throw badRequest(`The column ${shown(name)} is read-only`, name);
  if (column.disabled) throw badRequest(`The column ${shown(name)} is disabled`, name);
  return column;
}

/** What the rule writes itself; a disabled column refuses that too. */
export function setCells(table: Table, rule: CompiledRule): Cell[] {
  return Object.entries(rule.set ?? {}).map(([name, expression]) => {
    const column = columnNamed(table, name);
    if (column.disabled) throw badRequest(`The column ${shown(name)} is disabled`, name);
    return { kind: 'set', column, expression };
  });
}

function keyCells(table: Table): Cell[] {
  const { generate, columns } = table.key;
  const [name] = columns;
  if (name === undefined || generate === undefined || generate === 'client' || generate === 'auto_increment') return [];
  return [{ kind: 'generated', column: columnNamed(table, name), generate }];
}

function refuseMissing(table: Table, cells: readonly Cell[]): void {
  const given = new Set(
    cells.filter((cell) => cell.kind !== 'sent' || cell.presence === undefined).map((cell) => cell.column.name),
  );
  const missing = Object.values(table.columns).filter((column) => isRequired(table, column) && !given.has(column.name));
  if (missing.length === 0) return;
  const names = missing.map((column) => column.name);
  throw new StkError('BAD_REQUEST', `Missing required column${names.length > 1 ? 's' : ''}: ${names.join(', ')}`, {
    columns: names,
  });
}

function isRequired(table: Table, column: Column): boolean {
  if (column.nullable || column.default !== undefined || column.readOnly || column.disabled) return false;
  return !(table.key.columns.includes(column.name) && table.key.generate === 'auto_increment');
}
