import type {
  CompiledPermissions,
  CompiledRule,
  CompiledTablePermissions,
  Expression,
  ExpressionType,
  Mask,
  Problem,
  Schema,
  Table,
  TableOperation,
} from '@santokit/contract';
import { didYouMean, type Located, type PermissionsSource, type Position, type RuleSource } from '@santokit/project';
import { mentionsRow } from '../expression/rows.ts';
import { compileCondition, compileLocated, type ExpressionPlace } from './compile-condition.ts';
import { compileEventRules, compileLogicRules } from './compile-logic-rules.ts';

export interface CompiledPermissionsResult {
  readonly permissions: CompiledPermissions;
  /** All that is wrong; only where it is empty may the permissions be used. */
  readonly problems: readonly Problem[];
}

/** Compiles rules against the schema that they are about: names, types, and a translation for every expression. */
export function compilePermissions(source: PermissionsSource, schema: Schema): CompiledPermissionsResult {
  const problems: Problem[] = [];
  const tables: Record<string, CompiledTablePermissions> = {};
  for (const { table: name, operations } of source.tables) {
    const table = Object.hasOwn(schema, name.value) ? schema[name.value] : undefined;
    if (table === undefined) {
      problems.push(
        problemAt(name, `Table "${name.value}" is not declared${didYouMean(name.value, Object.keys(schema))}`),
      );
      continue;
    }
    const compiler = new RuleCompiler(table, problems);
    // An empty list of rules refuses as no list does.
    const ruled = operations.filter(({ rules }) => rules.length > 0);
    problems.push(...ruled.flatMap(({ operation, at }) => writeOfView(table, operation, at) ?? []));
    if (ruled.length === 0) continue;
    tables[name.value] = Object.fromEntries(
      ruled.map(({ operation, rules }) => [operation, rules.map((rule) => compiler.compile(operation, rule))]),
    );
  }
  const logics = compileLogicRules(source.logics ?? [], problems);
  const events = compileEventRules(source.events ?? [], problems);
  const others = { ...(logics === undefined ? {} : { logics }), ...(events === undefined ? {} : { events }) };
  return { permissions: { tables, ...others }, problems };
}

function writeOfView(table: Table, operation: TableOperation, at: Position): Problem | undefined {
  if (table.view === undefined || operation === 'select') return undefined;
  return problemAt(at, `"${table.name}" is a view, whose rows are only read: "${operation}" has no rules there`);
}

class RuleCompiler {
  readonly #table: Table;
  readonly #problems: Problem[];

  constructor(table: Table, problems: Problem[]) {
    this.#table = table;
    this.#problems = problems;
  }

  compile(operation: TableOperation, rule: RuleSource): CompiledRule {
    const condition = this.#condition(operation, rule);
    const check = this.#boolean(rule.check);
    const columns = this.#columns(rule);
    const set = this.#set(operation, rule);
    const mask = this.#mask(rule);
    return {
      roles: setOf(rule.roles),
      ...(condition === undefined ? {} : { condition }),
      ...(check === undefined ? {} : { check }),
      ...(columns === undefined ? {} : { columns }),
      ...(set === undefined ? {} : { set }),
      ...(rule.limit === undefined ? {} : { limit: rule.limit }),
      ...(mask === undefined ? {} : { mask }),
    };
  }

  #condition(operation: TableOperation, { condition: source }: RuleSource): Expression | undefined {
    const condition = this.#boolean(source);
    if (source !== undefined && condition !== undefined && operation === 'insert' && mentionsRow(condition))
      this.#report(source, 'An insert reaches no row: what must hold for the new one stands in "check"');
    return condition;
  }

  #boolean(source: Located | undefined): Expression | undefined {
    return source === undefined ? undefined : compileCondition(source, this.#place());
  }

  #expression(source: Located): Expression | undefined {
    return compileLocated(source, this.#place());
  }

  #place(): ExpressionPlace {
    return { table: this.#table, problems: this.#problems };
  }

  #columns(rule: RuleSource): readonly string[] | undefined {
    if (rule.columns === undefined) return undefined;
    if (rule.columns.some((column) => column.value === '*')) {
      for (const column of rule.columns)
        if (column.value !== '*') this.#report(column, '"*" means all columns; it stands alone');
      return undefined;
    }
    return setOf(rule.columns.filter((column) => this.#isColumn(column)));
  }

  #set(operation: TableOperation, rule: RuleSource): Record<string, Expression> | undefined {
    if (rule.set === undefined) return undefined;
    const compiled: Record<string, Expression> = {};
    for (const { column, expression: source } of rule.set) {
      const expression = this.#isColumn(column) ? this.#expression(source) : undefined;
      if (expression === undefined) continue;
      if (mentionsRow(expression)) this.#report(source, '"set" is written from the request; it cannot read the row');
      this.#checkSettable(operation, column, source, expression.type);
      compiled[column.value] = expression;
    }
    return compiled;
  }

  #checkSettable(operation: TableOperation, name: Located, source: Located, type: ExpressionType): void {
    const column = this.#table.columns[name.value];
    if (column === undefined) return;
    const isKey = this.#table.key.columns.includes(name.value);
    if (isKey && this.#table.key.generate !== undefined && this.#table.key.generate !== 'client')
      this.#report(name, `"${name.value}" is generated and cannot be set`);
    if (isKey && operation === 'update')
      this.#report(name, `"${name.value}" is the key and cannot be set by an update`);
    if (column.readOnly === true) this.#report(name, `"${name.value}" is written by the database and cannot be set`);
    if (type === 'null' && !column.nullable) this.#report(source, `"${name.value}" is not nullable`);
    const expected = SETTABLE[column.type];
    if (type !== 'dyn' && type !== 'null' && !expected.includes(type))
      this.#report(source, `"${name.value}" is of type ${column.type}, but this is ${type}`);
  }

  #mask(rule: RuleSource): Record<string, Mask> | undefined {
    if (rule.mask === undefined) return undefined;
    const masks: Record<string, Mask> = {};
    for (const { column, mask } of rule.mask) {
      if (!this.#isColumn(column)) continue;
      if (this.#table.key.columns.includes(column.value))
        this.#report(column, `"${column.value}" is the key; every row is answered with it, so it cannot be masked`);
      masks[column.value] = mask;
    }
    return masks;
  }

  #isColumn(name: Located): boolean {
    if (Object.hasOwn(this.#table.columns, name.value)) return true;
    this.#report(
      name,
      `"${this.#table.name}" has no column "${name.value}"${didYouMean(name.value, Object.keys(this.#table.columns))}`,
    );
    return false;
  }

  #report(at: Located, message: string): undefined {
    this.#problems.push(problemAt(at, message));
  }
}

/** Names in the order of code units, each once: what means the same is then the same, and has the same hash. */
function setOf(names: readonly Located[]): string[] {
  return [...new Set(names.map((name) => name.value))].sort();
}

/** Which types of expressions a column of each type takes. */
const SETTABLE: Readonly<Record<Table['columns'][string]['type'], readonly ExpressionType[]>> = {
  string: ['string'],
  file: ['string'],
  uuid: ['string'],
  date: ['string', 'timestamp'],
  bytes: ['string', 'bytes'],
  int: ['int'],
  bigint: ['int'],
  float: ['double', 'int'],
  decimal: ['decimal', 'int', 'double', 'string'],
  boolean: ['bool'],
  timestamp: ['timestamp', 'string'],
  json: ['string', 'int', 'double', 'bool', 'list', 'map', 'json'],
  array: ['list'],
};

function problemAt({ file, line, column }: Position, message: string): Problem {
  return { file, line, column, message };
}
