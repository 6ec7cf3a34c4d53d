import type {
  Column,
  CompiledPermissions,
  CompiledRule,
  Expression,
  Json,
  RequestContext,
  Table,
  TableOperation,
} from '@santokit/contract';
import { holds } from '@santokit/policy';
import type { Row } from './blog-rows.ts';

/** A call of which it is asked what it can tell. */
export interface AskedCall {
  readonly table: Table;
  readonly operation: 'select' | 'count' | 'aggregate' | 'insert' | 'upsert' | 'update' | 'delete';
  /** All names in its params: of columns that it compares or writes, of relations that it follows. */
  readonly names: ReadonlySet<string>;
}

/**
 * What the contract lets a caller learn by one call: of which rows, and how much of each value. It is told from the rules alone,
 * evaluated in memory, and so independently of any statement.
 */
export class Sight {
  readonly call: AskedCall;
  readonly #tables: CompiledPermissions['tables'];
  readonly #request: RequestContext;

  constructor(call: AskedCall, tables: CompiledPermissions['tables'], request: RequestContext) {
    this.call = call;
    this.#tables = tables;
    this.#request = request;
  }

  /** Whether the call writes rows of the table. */
  writes({ name }: Table): boolean {
    return this.call.table.name === name && ['insert', 'upsert', 'update', 'delete'].includes(this.call.operation);
  }

  /** Whether nothing that the call answers or does may depend on the row. */
  isOutOfSight(table: Table, row: Row): boolean {
    const select = this.rule(table, 'select');
    return !(select !== undefined && this.#lets(select, row)) && !this.#reaches(table, row);
  }

  /** Whether a row that was changed so is still seen and reached as before, and looks the same where it is. */
  isTheSame(table: Table, before: Row, after: Row): boolean {
    for (const rule of [this.rule(table, 'select'), this.#reaching(table)])
      if (rule !== undefined && this.#lets(rule, before) !== this.#lets(rule, after)) return false;
    return Object.values(table.columns).every(
      (column) =>
        !this.#tells(table, column, before) ||
        this.look(table, column, before[column.name]) === this.look(table, column, after[column.name]),
    );
  }

  /** Whether the call may tell what there is to be seen of a value. */
  #tells(table: Table, { name }: Column, row: Row): boolean {
    const { names, operation } = this.call;
    const select = this.rule(table, 'select');
    if (select !== undefined && this.#lets(select, row)) return true;
    if (!this.#reaches(table, row)) return false;
    // A row that is written unseen may be found by its values, or be seen afterwards.
    const isShown = operation !== 'delete' && [...names].some((each) => mentions(select?.condition, each));
    return names.has(name) || isShown;
  }

  /** What is shown of a value: nothing, an end, that it is the same as another, or all. */
  look(table: Table, column: Column, value: Json | undefined): string {
    const rule = this.rule(table, 'select');
    if (rule === undefined || (rule.columns !== undefined && !rule.columns.includes(column.name))) return '';
    switch (rule.mask?.[column.name]) {
      case 'hide':
        return '';
      case 'last4':
        return lastFour(column, value);
      case 'hash':
        // Which values are equal is what `change-secrets.ts` keeps.
        return `${value === null}`;
      case undefined:
        return JSON.stringify(value);
    }
  }

  /** Whether what becomes of the row when it is written depends on the column: its check, and whether it is seen afterwards. */
  decides(table: Table, { name }: Column, row: Row): boolean {
    if (!this.#reaches(table, row) || this.call.operation === 'delete') return false;
    const rules = [this.rule(table, 'select'), this.#reaching(table), this.rule(table, 'insert')];
    return rules.some((rule) => mentions(rule?.condition, name) || mentions(rule?.check, name));
  }

  rule({ name }: Table, operation: TableOperation): CompiledRule | undefined {
    return this.#tables[name]?.[operation]?.[0];
  }

  #reaches(table: Table, row: Row): boolean {
    const rule = this.#reaching(table);
    return rule !== undefined && this.#lets(rule, row);
  }

  /** The rule that says which rows that are there the call writes. */
  #reaching(table: Table): CompiledRule | undefined {
    if (!this.writes(table) || this.call.operation === 'insert') return undefined;
    return this.rule(table, this.call.operation === 'delete' ? 'delete' : 'update');
  }

  #lets({ condition }: CompiledRule, row: Row): boolean {
    return condition === undefined || holds(condition, { request: this.#request, row });
  }
}

/** The end that `last4` shows; all of a value whose text in the server is not known here. */
function lastFour(column: Column, value: Json | undefined): string {
  if (column.type === 'timestamp' && typeof value === 'string' && column.native === undefined)
    return value.replace('Z', '+00').slice(-4);
  if (typeof value === 'string' && column.type !== 'bytes') return [...value.replace('Z', '')].slice(-4).join('');
  return JSON.stringify(value);
}

function mentions(expression: Expression | undefined, name: string): boolean {
  switch (expression?.kind) {
    case 'column':
      return expression.name === name;
    case 'call':
      return expression.arguments.some((argument) => mentions(argument, name));
    case 'list':
      return expression.items.some((item) => mentions(item, name));
    case 'quantifier':
      return mentions(expression.over, name) || mentions(expression.body, name);
    default:
      return false;
  }
}
