import type { CompiledRule, Relation, Table } from '@santokit/contract';
import { rowCondition } from '@santokit/policy';
import { parseColumns } from './parse-columns.ts';
import {
  badRequest,
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
import { parseFilter } from './parse-filter.ts';
import { parseOrderBy } from './parse-order.ts';
import { paged, totalOrder } from './parse-paging.ts';
import type { Expand, Read, RowLimit, SelectStatement, Slot } from './statement.ts';

const SELECT_PARAMS = ['select', 'where', 'expand', 'orderBy', 'limit', 'offset', 'after', 'count', 'distinct'];
const EXPAND_MANY_PARAMS = ['select', 'where', 'orderBy', 'limit', 'expand'];
const EXPAND_ONE_PARAMS = ['select', 'expand'];

/**
 * Parses the params of a select.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN`, naming the column or param
 */
export function parseSelect(
  params: TemplateObject,
  table: Table,
  rule: CompiledRule,
  context: ParseContext,
): SelectStatement {
  refuseUnknown(params, SELECT_PARAMS, '');
  if (params.count !== undefined && params.count !== 'exact') throw badRequest('count can only be "exact"');
  const { limits } = context;
  const limit = {
    slot: slotOf(params.limit),
    default: limits.defaultRows,
    most: limits.rows,
    cap: rule.limit,
    name: 'limit',
  };
  return {
    kind: 'select',
    read: paged(parseRead({ params, table, rule, context, limit, path: [] }), params, rule),
    count: params.count === 'exact',
  };
}

interface ReadScope {
  readonly params: TemplateObject;
  readonly table: Table;
  readonly rule: CompiledRule;
  readonly context: ParseContext;
  readonly limit: RowLimit;
  /** Names of the relations that lead here. */
  readonly path: readonly string[];
}

function parseRead(scope: ReadScope): Read {
  const { params, table, rule, context } = scope;
  return {
    table,
    columns: parseColumns(params.select, { table, rule, param: 'select', hash: context.hash }),
    predicate: rowCondition(rule),
    where: parseFilter(params.where, { table, rule, context, param: 'where' }),
    distinct: [],
    orderBy: parseOrderBy(params.orderBy, table, rule),
    paging: undefined,
    limit: scope.limit,
    offset: slotOf(params.offset),
    expands: Object.entries(expandTree(params.expand)).map(([name, options]) => parseExpand(name, options, scope)),
  };
}

function parseExpand(name: string, options: TemplateObject, parent: ReadScope): Expand {
  const { context } = parent;
  const path = [...parent.path, name];
  const most = context.limits.expandDepth;
  if (path.length > most) throw badRequest(`expand goes at most ${most} levels deep: ${shown(path.join('.'))}`);
  const relation = member(parent.table.relations, name);
  const table = relation === undefined ? undefined : member(context.schema, relation.table);
  if (relation === undefined || table === undefined) throw badRequest(`Unknown relation: ${shown(path.join('.'))}`);
  const rule = context.ruleOf(table.name, 'select');
  if (rule === undefined) throw forbidden(`The relation ${shown(path.join('.'))} may not be read`);
  context.requires(rule);
  refuseUnknown(
    options,
    relation.kind === 'one' ? EXPAND_ONE_PARAMS : EXPAND_MANY_PARAMS,
    ` in expand.${path.join('.')}`,
  );
  const limit = expandLimit(options, relation, rule, scopeName(path), context);
  const read = parseRead({ params: options, table, rule, context, limit, path });
  if (relation.kind === 'one') return { name, relation, read };
  return { name, relation, read: { ...read, orderBy: totalOrder(read.orderBy, table, rule) } };
}

function expandLimit(
  options: TemplateObject,
  relation: Relation,
  rule: CompiledRule,
  name: string,
  context: ParseContext,
): RowLimit {
  const { defaultExpandRows, expandRows } = context.limits;
  const rows = relation.kind === 'one' ? 1 : defaultExpandRows;
  return { slot: slotOf(options.limit), default: rows, most: expandRows, cap: rule.limit, name };
}

function scopeName(path: readonly string[]): string {
  return `limit in expand.${path.join('.')}`;
}

/** Brings both forms of `expand` to one: each relation's name with its options; dotted names become nested options. */
function expandTree(expand: Template | undefined): Record<string, TemplateObject> {
  const tree: Record<string, TemplateObject> = Object.create(null);
  if (expand === undefined) return tree;
  const wrong = badRequest('expand must be a list of relations, or an object of relations and their options');
  if (isList(expand)) {
    for (const path of expand) {
      if (typeof path !== 'string') throw wrong;
      addPath(tree, path.split('.'), {});
    }
    return tree;
  }
  if (!isObject(expand)) throw wrong;
  for (const [path, options] of Object.entries(expand)) {
    if (options === false) continue;
    if (options !== true && !isObject(options)) throw badRequest(`expand.${path} takes true or an object of options`);
    addPath(tree, path.split('.'), options === true ? {} : options);
  }
  return tree;
}

function addPath(
  tree: Record<string, TemplateObject>,
  [name = '', ...rest]: readonly string[],
  options: TemplateObject,
): void {
  const before = tree[name] ?? {};
  if (rest.length === 0) {
    const nested = { ...expandTree(before.expand), ...expandTree(options.expand) };
    tree[name] = { ...before, ...options, ...(Object.keys(nested).length === 0 ? {} : { expand: nested }) };
    return;
  }
  const nested = expandTree(before.expand);
  addPath(nested, rest, options);
  tree[name] = { ...before, expand: nested };
}

function slotOf(template: Template | undefined): Slot | undefined {
  return typeof template === 'number' ? template : undefined;
}
