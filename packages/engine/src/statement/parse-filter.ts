import type { Column, CompiledRule, LogicalType, Table } from '@santokit/contract';
import {
  badRequest,
  comparableColumn,
  isList,
  isObject,
  member,
  type ParseContext,
  shown,
  type Template,
} from './parse-context.ts';
import { COMPARISON_OPERATORS, type ComparisonOperator, type Filter } from './statement.ts';

interface FilterScope {
  readonly table: Table;
  readonly rule: CompiledRule;
  readonly context: ParseContext;
}

/**
 * Parses `where`. Columns that the rule hides are refused, so that values cannot be probed.
 * @throws StkError `BAD_REQUEST` for unknown columns and operators, `FORBIDDEN` for hidden columns
 */
export function parseWhere(where: Template | undefined, scope: FilterScope): Filter {
  if (where === undefined) return { kind: 'constant', holds: true };
  return new FilterParser(scope).parse(where, 0);
}

const ORDERED: readonly LogicalType[] = [
  'string',
  'file',
  'int',
  'bigint',
  'float',
  'decimal',
  'timestamp',
  'date',
  'uuid',
];
const TEXTUAL: readonly LogicalType[] = ['string', 'file'];

class FilterParser {
  readonly #scope: FilterScope;
  #conditions = 0;

  constructor(scope: FilterScope) {
    this.#scope = scope;
  }

  parse(where: Template, depth: number): Filter {
    const { limits } = this.#scope.context;
    if (!isObject(where)) throw badRequest('where must be an object');
    if (depth > limits.whereDepth) throw badRequest(`where is nested more than ${limits.whereDepth} deep`);
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
        return this.#column(name, entry);
    }
  }

  #list(name: string, entry: Template, depth: number): Filter[] {
    if (!isList(entry) || entry.length === 0) throw badRequest(`${name} must list at least one condition`);
    return entry.map((where) => this.parse(where, depth));
  }

  #column(name: string, entry: Template): Filter {
    const { table, rule } = this.#scope;
    if (name.startsWith('$')) throw badRequest(`Unknown operator in where: ${shown(name)}`);
    if (!Object.hasOwn(table.columns, name)) this.#refuseWhatIsNoColumn(name);
    const column = comparableColumn(table, rule, name, 'where');
    if (!isObject(entry)) return this.#condition(column, '$eq', entry);
    const operators = Object.entries(entry);
    if (operators.length === 0) throw badRequest(`where.${name} holds no operator`, name);
    return allOf(operators.map(([operator, operand]) => this.#condition(column, operator, operand)));
  }

  #refuseWhatIsNoColumn(name: string): void {
    const { table } = this.#scope;
    if (member(table.relations, name) !== undefined)
      throw badRequest(`where filters by columns of the table itself; ${shown(name)} is a relation`, name);
    const base = name.slice(0, Math.max(0, name.indexOf('.')));
    if (member(table.columns, base)?.type === 'json')
      throw badRequest(`where compares ${shown(base)} as a whole, not a path in it`, base);
  }

  #condition(column: Column, operator: string, operand: Template): Filter {
    const most = this.#scope.context.limits.whereConditions;
    if (++this.#conditions > most) throw badRequest(`where has more than ${most} conditions`);
    if (operator === '$isNull' || operator === '$isNotNull') {
      if (typeof operand !== 'boolean') throw badRequest(`${operator} takes true or false`, column.name);
      return nullTest(column, (operator === '$isNull') === operand);
    }
    if (!isComparison(operator)) throw badRequest(`Unknown operator: ${shown(operator)}`, column.name);
    if (operand === null) {
      if (operator === '$eq' || operator === '$ne') return nullTest(column, operator === '$eq');
      throw badRequest(`${operator} does not take null`, column.name);
    }
    if (!takesOperator(column.type, operator))
      throw badRequest(`${operator} does not apply to a column of type ${column.type}`, column.name);
    return { kind: 'compare', column, operator, slot: Number(operand) };
  }
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
      return ORDERED.includes(type);
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
  if (open.some((filter) => isConstant(filter, true)) || coversNull(open)) return { kind: 'constant', holds: true };
  const [first] = open;
  if (first === undefined) return { kind: 'constant', holds: false };
  return open.length === 1 ? first : { kind: 'any', filters: open };
}

/** Whether some column is asked to be null in one branch and not null in another. */
function coversNull(filters: readonly Filter[]): boolean {
  const tests = filters.filter((filter) => filter.kind === 'null');
  return tests.some((a) => a.isNull && tests.some((b) => !b.isNull && b.column.name === a.column.name));
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
