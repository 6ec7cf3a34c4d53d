import type { CompiledRule, CompiledTablePermissions, Expression, Schema, Table } from '@santokit/contract';
import { TABLE_OPERATIONS } from '@santokit/contract';
import type { Rules } from './compare-access.ts';

/** Rules in the names that tables and columns have before they are renamed. */
export interface RulesInOldNames {
  readonly rules: Rules;
  /** How a table is to be called. */
  readonly newTable: (table: string) => string;
  /** How a column of a table is to be called, by the table's old name. */
  readonly newColumn: (table: string, column: string) => string;
}

/** New names by old ones. */
interface Renames {
  readonly table: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** Says `after` in the names of the schema before it, so that both can be compared and counted in databases that are as before. */
export function inOldNames(before: Schema, after: Rules): RulesInOldNames {
  const renames = new Map(
    Object.values(after.schema).map((table) => {
      const old = oldNameOf(table, before, after.schema);
      return [old, { table: table.name, columns: renamedColumns(before[old], table) }];
    }),
  );
  const entries = [...renames];
  const schema = Object.fromEntries(
    entries.flatMap(([old, to]) => {
      const table = after.schema[to.table];
      return table === undefined ? [] : [[old, tableInOldNames(table, old, to)]];
    }),
  );
  const tables = Object.fromEntries(
    entries.flatMap(([old, to]) => {
      const rules = Object.hasOwn(after.permissions.tables, to.table) ? after.permissions.tables[to.table] : undefined;
      return rules === undefined ? [] : [[old, rulesInOldNames(rules, to)]];
    }),
  );
  return {
    rules: { schema, permissions: { ...after.permissions, tables } },
    newTable: (table) => renames.get(table)?.table ?? table,
    newColumn: (table, column) => renames.get(table)?.columns.get(column) ?? column,
  };
}

function oldNameOf({ name, renamedFrom }: Pick<Table, 'name' | 'renamedFrom'>, before: Named, after: Named): string {
  const isRenamed =
    renamedFrom !== undefined &&
    Object.hasOwn(before, renamedFrom) &&
    !Object.hasOwn(before, name) &&
    !Object.hasOwn(after, renamedFrom);
  return isRenamed ? renamedFrom : name;
}

type Named = Readonly<Record<string, unknown>>;

function renamedColumns(before: Table | undefined, { columns }: Table): ReadonlyMap<string, string> {
  if (before === undefined) return new Map();
  return new Map(
    Object.values(columns).flatMap((column): [string, string][] => {
      const old = oldNameOf(column, before.columns, columns);
      return old === column.name ? [] : [[old, column.name]];
    }),
  );
}

function tableInOldNames(table: Table, old: string, { columns: renamed }: Renames): Table {
  const name = oldColumn(renamed);
  const columns = Object.values(table.columns).map((column) => [
    name(column.name),
    { ...column, name: name(column.name) },
  ]);
  return {
    ...table,
    name: old,
    key: { ...table.key, columns: table.key.columns.map(name) },
    columns: Object.fromEntries(columns),
  };
}

function rulesInOldNames(rules: CompiledTablePermissions, { columns }: Renames): CompiledTablePermissions {
  if (columns.size === 0) return rules;
  const name = oldColumn(columns);
  const ofOperations = TABLE_OPERATIONS.flatMap((operation) => {
    const list = rules[operation];
    return list === undefined ? [] : [[operation, list.map((rule) => ruleInOldNames(rule, name))]];
  });
  return Object.fromEntries(ofOperations);
}

type Name = (column: string) => string;

function oldColumn(renamed: Renames['columns']): Name {
  const old = new Map([...renamed].map(([from, to]) => [to, from]));
  return (column) => old.get(column) ?? column;
}

function ruleInOldNames(rule: CompiledRule, name: Name): CompiledRule {
  const { condition, check, columns, set, mask } = rule;
  const keyed = <T>(members: Readonly<Record<string, T>>, value: (one: T) => T) =>
    Object.fromEntries(Object.entries(members).map(([column, one]) => [name(column), value(one)]));
  return {
    ...rule,
    ...(condition === undefined ? {} : { condition: expressionInOldNames(condition, name) }),
    ...(check === undefined ? {} : { check: expressionInOldNames(check, name) }),
    ...(columns === undefined ? {} : { columns: columns.map(name) }),
    ...(set === undefined ? {} : { set: keyed(set, (value) => expressionInOldNames(value, name)) }),
    ...(mask === undefined ? {} : { mask: keyed(mask, (value) => value) }),
  };
}

function expressionInOldNames(expression: Expression, name: Name): Expression {
  const inside = (part: Expression) => expressionInOldNames(part, name);
  switch (expression.kind) {
    case 'column':
      return { ...expression, name: name(expression.name) };
    case 'list':
      return { ...expression, items: expression.items.map(inside) };
    case 'call':
      return { ...expression, arguments: expression.arguments.map(inside) };
    case 'quantifier':
      return { ...expression, over: inside(expression.over), body: inside(expression.body) };
    case 'constant':
    case 'request':
    case 'variable':
      return expression;
  }
}
