import type { Column, CompiledRule, LogicalType, Table } from '@santokit/contract';
import { rowCondition, updateCheck } from '@santokit/policy';
import {
  badRequest,
  comparableColumn,
  isList,
  isObject,
  type ParseContext,
  refuseUnknown,
  shown,
  type Template,
  type TemplateObject,
} from './parse-context.ts';
import { parseFilter } from './parse-filter.ts';
import { setCells, writableColumn } from './parse-insert.ts';
import { parseReturning } from './parse-returning.ts';
import { readingRule } from './reading-rule.ts';
import type { Assignment, Change, DeleteStatement, Filter, UpdateStatement } from './statement.ts';
import { unboundedWrite } from './unbounded-write.ts';

/**
 * Parses the params of an update: `where` and `data`.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param
 */
export function parseUpdate(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): UpdateStatement {
  refuseUnknown(params, ['where', 'data', 'all', 'returning'], '');
  const { data } = params;
  if (!isObject(data) || Object.keys(data).length === 0)
    throw badRequest('data must be an object with at least one column');
  const sent = Object.entries(data).map(([name, cell]) =>
    assignment(name, cell, { table, rule, reading: readingRule(table, context) }),
  );
  return {
    kind: 'update',
    table,
    cells: [...sent, ...setCells(table, rule)],
    predicate: rowCondition(rule),
    where: boundedWhere(params, table, context),
    all: params.all === true,
    // A row cannot be handed out of one's own reach.
    check: updateCheck(rule),
    returning: parseReturning(params.returning ?? false, table, context),
  };
}

/** Parses the params of a delete: `where`. @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param */
export function parseDelete(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): DeleteStatement {
  refuseUnknown(params, ['where', 'all', 'returning'], '');
  return {
    kind: 'delete',
    table,
    predicate: rowCondition(rule),
    where: boundedWhere(params, table, context),
    all: params.all === true,
    returning: parseReturning(params.returning ?? false, table, context),
  };
}

interface WriteScope {
  readonly table: Table;
  readonly rule: CompiledRule;
  /** What the caller may compare by. */
  readonly reading: CompiledRule;
}

function assignment(name: string, cell: Template, { table, rule, reading }: WriteScope): Assignment {
  const column = writableColumn(name, table, rule);
  const { generate } = table.key;
  if (table.key.columns.includes(name) && generate !== undefined && generate !== 'client')
    throw badRequest(`The key ${shown(name)} is generated and cannot be changed`, name);
  if (!isObject(cell)) return { kind: 'sent', column, slot: Number(cell), presence: undefined };
  const [[change, slots] = ['', null]] = Object.entries(cell);
  const [amount, whole] = isList(slots) ? slots : [];
  if (column.type === 'json') return { kind: 'sent', column, slot: Number(whole), presence: undefined };
  // Whether the result leaves its bounds tells what was there.
  comparableColumn(table, reading, name, 'data with an operator');
  return { kind: 'change', column, change: changeOf(change, column), slot: Number(amount) };
}

const COUNTED: readonly LogicalType[] = ['int', 'bigint', 'float', 'decimal'];

function changeOf(name: string, { name: column, type, enum: values }: Column): Change['change'] {
  if (name !== '$inc' && name !== '$append') throw badRequest(`Unknown operator in data: ${shown(name)}`, column);
  const applies = name === '$inc' ? COUNTED.includes(type) : type === 'array';
  if (!applies) throw badRequest(`${name} does not apply to a column of type ${type}`, column);
  if (values !== undefined) throw badRequest(`${name} does not apply to a column that lists its values`, column);
  return name;
}

function boundedWhere(params: TemplateObject, table: Table, context: ParseContext): Filter {
  const { all } = params;
  if (all !== undefined && typeof all !== 'boolean') throw badRequest('all must be true or false');
  const where = parseFilter(params.where, { table, rule: readingRule(table, context), context, param: 'where' });
  if (where.kind === 'constant' && where.holds && all !== true) throw unboundedWrite();
  return where;
}
