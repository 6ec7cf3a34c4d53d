import type { Column, CompiledRule, LogicalType, Table } from '@santokit/contract';
import { rowCondition } from '@santokit/policy';
import { ORDERED_TYPES } from './ordered-types.ts';
import {
  badRequest,
  comparableColumn,
  isComparable,
  isList,
  isObject,
  type ParseContext,
  refuseUnknown,
  shown,
  type Template,
  type TemplateObject,
} from './parse-context.ts';
import { parseFilter } from './parse-filter.ts';
import { continued, parseOrderBy } from './parse-order.ts';
import {
  AGGREGATE_FUNCTIONS,
  type Aggregate,
  type AggregateFunction,
  type AggregateStatement,
  type CountStatement,
  type ResultColumn,
  type RowSelection,
} from './statement.ts';
import { isWellFormedText } from './values/storable-json.ts';

const MOST_AGGREGATES = 50;
/** As long as a name can be in a database. */
const MOST_NAME_BYTES = 63;

/** Parses the params of a count: `where`. @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param */
export function parseCount(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): CountStatement {
  refuseUnknown(params, ['where'], '');
  return { kind: 'count', ...rowSelection(params, table, rule, context) };
}

/**
 * Parses the params of an aggregation.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param
 */
export function parseAggregate(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): AggregateStatement {
  refuseUnknown(params, ['where', 'groupBy', 'aggregate', 'having', 'orderBy', 'limit'], '');
  const groupBy = parseGroupBy(params.groupBy, table, rule);
  const aggregates = parseAggregates(params.aggregate, table, rule);
  if (groupBy.length + aggregates.length === 0) throw badRequest('aggregate must hold at least one figure');
  const outputs = outputsOf(groupBy, aggregates);
  const result = resultTable(table, outputs, rule);
  const shownAlone: CompiledRule = { roles: [], columns: outputs.map(({ name }) => name) };
  const { limits } = context;
  return {
    kind: 'aggregate',
    ...rowSelection(params, table, rule, context),
    groupBy,
    aggregates,
    having: parseFilter(params.having, { table: result, rule: shownAlone, context, param: 'having' }),
    // Groups differ in what they are grouped by, so that a limit always cuts at the same place.
    orderBy: continued(parseOrderBy(params.orderBy, result, shownAlone), outputs.slice(0, groupBy.length)),
    limit: {
      slot: typeof params.limit === 'number' ? params.limit : undefined,
      default: limits.defaultRows,
      most: limits.rows,
      cap: rule.limit,
      name: 'limit',
    },
  };
}

function rowSelection(params: TemplateObject, table: Table, rule: CompiledRule, context: ParseContext): RowSelection {
  return {
    table,
    predicate: rowCondition(rule),
    where: parseFilter(params.where, { table, rule, context, param: 'where' }),
  };
}

function parseGroupBy(groupBy: Template | undefined, table: Table, rule: CompiledRule): Column[] {
  if (groupBy === undefined) return [];
  if (!isList(groupBy)) throw badRequest('groupBy must be a list of columns');
  const columns = new Map<string, Column>();
  for (const name of groupBy) {
    if (typeof name !== 'string') throw badRequest('groupBy must be a list of columns');
    columns.set(name, distinguishable(comparableColumn(table, rule, name, 'groupBy'), 'groupBy'));
  }
  return [...columns.values()];
}

function parseAggregates(aggregate: Template | undefined, table: Table, rule: CompiledRule): Aggregate[] {
  if (aggregate === undefined) return [];
  if (!isObject(aggregate)) throw badRequest('aggregate must be an object of names and figures');
  const entries = Object.entries(aggregate);
  if (entries.length > MOST_AGGREGATES) throw badRequest(`aggregate holds more than ${MOST_AGGREGATES} figures`);
  return entries.map(([name, figure]) => parseFigure(name, figure, table, rule));
}

function parseFigure(name: string, figure: Template, table: Table, rule: CompiledRule): Aggregate {
  if (!isOutputName(name))
    throw badRequest(`${shown(name)} is no name for a figure: 1 to ${MOST_NAME_BYTES} bytes of text, not with $ first`);
  const [entry, ...others] = isObject(figure) ? Object.entries(figure) : [];
  if (entry === undefined || others.length > 0)
    throw badRequest(`aggregate.${name} must be one function of a column, such as { "$sum": "price" }`);
  const [operator, operand] = entry;
  if (!isAggregateFunction(operator)) throw badRequest(`Unknown function in aggregate.${name}: ${shown(operator)}`);
  if (typeof operand !== 'string') throw badRequest(`${operator} in aggregate.${name} takes the name of a column`);
  if (operand === '*' && operator === '$count') return { function: operator, of: undefined, output: countOutput(name) };
  const column = comparableColumn(table, rule, operand, 'aggregate');
  return { function: operator, of: column, output: outputOf(name, operator, column) };
}

/** What begins with `$` is an operator in `having`. */
function isOutputName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= MOST_NAME_BYTES && !name.startsWith('$') && isWellFormedText(name);
}

function isAggregateFunction(name: string): name is AggregateFunction {
  return (AGGREGATE_FUNCTIONS as readonly string[]).includes(name);
}

const EXACT: readonly LogicalType[] = ['int', 'bigint', 'decimal'];

/** @throws StkError `BAD_REQUEST` where the function does not apply to the column's type */
function outputOf(name: string, operator: AggregateFunction, column: Column): ResultColumn {
  switch (operator) {
    case '$count':
      return countOutput(name);
    case '$countDistinct':
      return { ...countOutput(distinguishable(column, operator).name), name };
    case '$sum':
    case '$avg':
      if (EXACT.includes(column.type)) return { name, type: 'decimal', nullable: true, isComputed: true };
      if (column.type === 'float') return { name, type: 'float', nullable: true };
      break;
    case '$min':
    case '$max':
      if (ORDERED_TYPES.includes(column.type)) return { ...resultColumn(column), name };
  }
  throw badRequest(`${operator} does not apply to a column of type ${column.type}`, column.name);
}

function countOutput(name: string): Column {
  return { name, type: 'int', native: 'bigint', nullable: false };
}

function distinguishable(column: Column, what: string): Column {
  if (column.type === 'json' || column.type === 'array')
    throw badRequest(`${what} does not apply to a column of type ${column.type}`, column.name);
  return column;
}

function outputsOf(groupBy: readonly Column[], aggregates: readonly Aggregate[]): readonly Column[] {
  const outputs = new Map(groupBy.map((column) => [column.name, resultColumn(column)]));
  for (const { output } of aggregates) {
    if (outputs.has(output.name)) throw badRequest(`aggregate and groupBy both name ${shown(output.name)}`);
    outputs.set(output.name, output);
  }
  return [...outputs.values()];
}

/** The result as if it were a table. It has what the rule hides too, so that whoever names that is refused as everywhere. */
function resultTable(table: Table, outputs: readonly Column[], rule: CompiledRule): Table {
  const hidden = Object.values(table.columns).filter(({ name }) => !isComparable(rule, name));
  const columns = [...hidden, ...outputs].map((column) => [column.name, column] as const);
  return { ...table, columns: Object.fromEntries(columns), relations: {} };
}

/** A value of a result: of the column's type, but of no rows of its own. */
function resultColumn({ name, type, native, nullable }: Column): Column {
  return { name, type, nullable, ...(native === undefined ? {} : { native }) };
}
