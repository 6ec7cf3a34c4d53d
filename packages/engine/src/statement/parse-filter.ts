import type { Column, CompiledRule, LogicalType, Relation, Table } from '@santokit/contract';
import { rowCondition } from '@santokit/policy';
import { jsonPathOf } from './json-path.ts';
import { ORDERED_TYPES } from './ordered-types.ts';
import {
  badRequest,
  comparableColumn,
  forbidden,
  isList,
  isObject,
  member,
  type ParseContext,
  shown,
  type Template,
} from './parse-context.ts';
import { COMPARISON_OPERATORS, type ComparisonOperator, type Filter, type Slot } from './statement.ts';

interface FilterScope {
  readonly table: Table;
  readonly rule: CompiledRule;
  readonly context: ParseContext;
  /** The param that is parsed, for messages. */
  readonly param: 'where' | 'having';
}

/**
 * Parses `where`, or `having`. Columns that the rule hides are refused, so that values cannot be probed; what is asked of related rows is asked
 * under the rule of their own table.
 * @throws StkError `BAD_REQUEST` for unknown columns and operators, `FORBIDDEN` for hidden columns and relations
 */
export function parseFilter(filter: Template | undefined, scope: FilterScope): Filter {
  if (filter === undefined) return { kind: 'constant', holds: true };
  return new FilterParser(scope, { conditions: 0 }, []).parse(filter, 0);
}

const TEXTUAL: readonly LogicalType[] = ['string', 'file'];

class FilterParser {
  readonly #scope: FilterScope;
  /** Of the whole `where`, related rows included. */
  readonly #total: { conditions: number };
  /** Names of the relations that lead here. */
  readonly #relations: readonly string[];

  constructor(scope: FilterScope, total: { conditions: number }, relations: readonly string[]) {
    this.#scope = scope;
    this.#total = total;
    this.#relations = relations;
  }

  parse(where: Template, depth: number): Filter {
    const { param, context } = this.#scope;
    const { limits } = context;
    if (!isObject(where)) throw badRequest(`${param} must be an object`);
    if (depth > limits.whereDepth) throw badRequest(`${param} is nested more than ${limits.whereDepth} deep`);
    return allOf(Object.entries(where).map(([name, entry]) => this.#entry(name, entry, depth)));
  }

  #entry(name: string, entry: Template, depth: number): Filter {
    switch (name) {
      case '$and':
        return allOf(this.#list(name, entry, depth + 1));
      case '$or':
        return anyOf(this.#list(name, entry, depth + 1));
      case '$not':
        return negationOf(this.parse(entry, depth + 1));
      default:
        return this.#named(name, entry, depth);
    }
  }

  #list(name: string, entry: Template, depth: number): Filter[] {
    if (!isList(entry) || entry.length === 0) throw badRequest(`${name} must list at least one condition`);
    return entry.map((where) => this.parse(where, depth));
  }

  /** A column; else a relation; else a path into a column of type json. */
  #named(name: string, entry: Template, depth: number): Filter {
    const { table, rule, param } = this.#scope;
    if (name.startsWith('$')) throw badRequest(`Unknown operator in ${param}: ${shown(name)}`);
    if (!Object.hasOwn(table.columns, name)) {
      const relation = member(table.relations, name);
      if (relation !== undefined) return this.#related(name, relation, entry, depth);
      const place = jsonPathOf(name, table);
      if (place !== undefined) {
        const column = comparableColumn(table, rule, place.column, param);
        return this.#tests(name, entry, (operator, operand) => this.#inPath(column, place.path, operator, operand));
      }
    }
    const column = comparableColumn(table, rule, name, param);
    return this.#tests(name, entry, (operator, operand) => this.#condition(column, operator, operand));
  }

  #tests(name: string, entry: Template, test: (operator: string, operand: Template) => Filter): Filter {
    const { param, context } = this.#scope;
    const most = context.limits.whereConditions;
    const operators = isObject(entry) ? Object.entries(entry) : [['$eq', entry] as const];
    if (operators.length === 0) throw badRequest(`${param}.${name} holds no operator`, name);
    this.#total.conditions += operators.length;
    if (this.#total.conditions > most) throw badRequest(`${param} has more than ${most} conditions`);
    return allOf(operators.map(([operator, operand]) => test(operator, operand)));
  }

  /** Under the related table's own rule: its rows, its columns. */
  #related(name: string, relation: Relation, entry: Template, depth: number): Filter {
    const { context, param } = this.#scope;
    const relations = [...this.#relations, name];
    const path = shown(relations.join('.'));
    const most = context.limits.expandDepth;
    if (relations.length > most) throw badRequest(`${param} goes at most ${most} relations deep: ${path}`);
    const table = member(context.schema, relation.table);
    if (table === undefined) throw badRequest(`Unknown relation: ${path}`);
    const rule = context.ruleOf(table.name, 'select');
    if (rule === undefined) throw forbidden(`The relation ${path} may not be read`);
    context.requires(rule);
    if (entry !== null && !isObject(entry)) throw badRequest(`The relation ${path} takes conditions on its rows`, name);
    const parser = new FilterParser({ table, rule, context, param }, this.#total, relations);
    const own = this.#scope.table.columns[relation.column];
    const related: Filter = {
      kind: 'related',
      relation,
      table,
      predicate: rowCondition(rule),
      where: parser.parse(entry ?? {}, depth + 1),
      isCertain: relation.kind === 'one' && own?.nullable === false,
    };
    return entry === null ? { kind: 'not', filter: related } : related;
  }

  #condition(column: Column, operator: string, operand: Template): Filter {
    const isNull = nullTestOf(operator, operand, column.name);
    if (isNull !== undefined) return nullTest(column, isNull);
    return { kind: 'compare', column, ...comparison(column.type, operator, operand, column.name) };
  }

  #inPath(column: Column, path: readonly string[], operator: string, operand: Template): Filter {
    const isNull = nullTestOf(operator, operand, column.name);
    if (isNull !== undefined) return { kind: 'path', column, path, test: isNull ? 'null' : 'not null' };
    return { kind: 'path', column, path, test: comparison('path', operator, operand, column.name) };
  }
}

/** Whether a test asks for null, or for what is not; undefined for every other. */
function nullTestOf(operator: string, operand: Template, name: string): boolean | undefined {
  if (operator === '$isNull' || operator === '$isNotNull') {
    if (typeof operand !== 'boolean') throw badRequest(`${operator} takes true or false`, name);
    return (operator === '$isNull') === operand;
  }
  return operand === null && (operator === '$eq' || operator === '$ne') ? operator === '$eq' : undefined;
}

function comparison(
  type: LogicalType | 'path',
  operator: string,
  operand: Template,
  name: string,
): { readonly operator: ComparisonOperator; readonly slot: Slot } {
  if (!isComparison(operator)) throw badRequest(`Unknown operator: ${shown(operator)}`, name);
  if (operand === null) throw badRequest(`${operator} does not take null`, name);
  if (typeof operand !== 'number') throw badRequest(`${operator} does not take conditions`, name);
  if (type !== 'path' && !takesOperator(type, operator))
    throw badRequest(`${operator} does not apply to a column of type ${type}`, name);
  return { operator, slot: operand };
}

function isComparison(operator: string): operator is ComparisonOperator {
  return (COMPARISON_OPERATORS as readonly string[]).includes(operator);
}

function takesOperator(type: LogicalType, operator: ComparisonOperator): boolean {
  switch (operator) {
    case '$eq':
    case '$ne':
      return true;
    case '$in':
    case '$notIn':
      return type !== 'json' && type !== 'array';
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return ORDERED_TYPES.includes(type);
    case '$contains':
      return TEXTUAL.includes(type) || type === 'json' || type === 'array';
    case '$like':
    case '$ilike':
    case '$startsWith':
    case '$endsWith':
      return TEXTUAL.includes(type);
  }
}

/** A test that the schema decides already is a constant, so that a write "where the key is not null" counts as unbounded. */
function nullTest(column: Column, isNull: boolean): Filter {
  if (!column.nullable) return { kind: 'constant', holds: !isNull };
  return { kind: 'null', column, isNull };
}

function allOf(filters: readonly Filter[]): Filter {
  const open = filters.filter((filter) => !isConstant(filter, true));
  if (open.some((filter) => isConstant(filter, false))) return { kind: 'constant', holds: false };
  const [first] = open;
  if (first === undefined) return { kind: 'constant', holds: true };
  return open.length === 1 ? first : { kind: 'all', filters: open };
}

function anyOf(filters: readonly Filter[]): Filter {
  const open = filters.filter((filter) => !isConstant(filter, false));
  if (open.some((filter) => isConstant(filter, true))) return { kind: 'constant', holds: true };
  const [first] = open;
  if (first === undefined) return { kind: 'constant', holds: false };
  return open.length === 1 ? first : { kind: 'any', filters: open };
}

function negationOf(filter: Filter): Filter {
  if (filter.kind === 'constant') return { kind: 'constant', holds: !filter.holds };
  if (filter.kind === 'null') return { ...filter, isNull: !filter.isNull };
  if (filter.kind === 'not') return filter.filter;
  return { kind: 'not', filter };
}

function isConstant(filter: Filter, holds: boolean): boolean {
  return filter.kind === 'constant' && filter.holds === holds;
}
