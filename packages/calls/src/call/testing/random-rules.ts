import {
  type CompiledPermissions,
  type CompiledRule,
  TABLE_OPERATIONS,
  type Table,
  type TableOperation,
} from '@santokit/contract';
import { compileExpression } from '@santokit/policy';
import fc from 'fast-check';
import { BLOG_SCHEMA } from './blog.ts';
import { CONDITIONS, SET_VALUES } from './rule-expressions.ts';

/** Rules of one role for every table of the blog: conditions, checks, columns, masks, limits. */
export function randomRules(role: string): fc.Arbitrary<CompiledPermissions['tables']> {
  return rulesOf((table, operation) => rule(table, role, operation));
}

/** The same with values that are set, and with every mask. */
export function writingRules(role: string): fc.Arbitrary<CompiledPermissions['tables']> {
  return rulesOf((table, operation) => {
    const plain = rule(table, role, operation);
    if (operation === 'delete') return plain;
    const more: fc.Arbitrary<Partial<CompiledRule>> = operation === 'select' ? masks(table, 1) : sets(table);
    return fc.tuple(plain, fc.option(more, { nil: {} })).map(([one, other]) => ({ ...one, ...other }));
  });
}

/** Rules that hide more: any columns, keys too, by any mask, and whole tables. */
export function secretiveRules(role: string): fc.Arbitrary<CompiledPermissions['tables']> {
  return rulesOf((table, operation) => {
    const plain = rule(table, role, operation);
    const rules = operation === 'select' ? fc.oneof({ weight: 2, arbitrary: plain }, secretive(table, plain)) : plain;
    return fc.option(rules, { nil: undefined, freq: 15 });
  });
}

/** Rules that hide more, and let their role insert and update what is within a condition. */
export function upsertingRules(role: string): fc.Arbitrary<CompiledPermissions['tables']> {
  const rules = rulesOf((table, operation) => {
    const plain = rule(table, role, operation);
    return operation === 'select' ? fc.option(secretive(table, plain), { nil: undefined, freq: 5 }) : plain;
  });
  const open = ({ roles, condition }: CompiledRule): CompiledRule => ({ roles, ...(condition && { condition }) });
  return rules.map((tables) =>
    Object.fromEntries(
      Object.entries(tables).map(([name, { insert, update, ...rest }]) => [
        name,
        { ...rest, insert: [{ roles: [role] }], update: (update ?? []).map(open) },
      ]),
    ),
  );
}

function rulesOf(
  rulesFor: (table: Table, operation: TableOperation) => fc.Arbitrary<CompiledRule | undefined>,
): fc.Arbitrary<CompiledPermissions['tables']> {
  const tables = Object.values(BLOG_SCHEMA).map((table) =>
    fc.tuple(...TABLE_OPERATIONS.map((operation) => rulesFor(table, operation))).map((rules) => [
      table.name,
      Object.fromEntries(
        TABLE_OPERATIONS.flatMap((operation, index) => {
          const one = rules[index];
          return one === undefined ? [] : [[operation, [one]]];
        }),
      ),
    ]),
  );
  return fc.tuple(...tables).map((entries) => Object.fromEntries(entries));
}

/** Without a limit where the key is hidden: which rows are then within it is left open. */
function secretive(table: Table, plain: fc.Arbitrary<CompiledRule>): fc.Arbitrary<CompiledRule> {
  const names = Object.keys(table.columns);
  return fc
    .tuple(plain, fc.subarray(names, { minLength: 1 }), masks(table, 2))
    .map(([{ limit, ...rest }, columns, mask]) => {
      const isOrdered = table.key.columns.every((name) => columns.includes(name));
      return { ...rest, columns, ...mask, ...(isOrdered && limit !== undefined ? { limit } : {}) };
    });
}

function rule(table: Table, role: string, operation: TableOperation): fc.Arbitrary<CompiledRule> {
  const plain = Object.keys(table.columns).filter((name) => !table.key.columns.includes(name));
  const expression = fc
    .constantFrom(...(CONDITIONS[table.name] ?? ['true']))
    .map((source) => compileExpression(source, table));
  const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
    fc.option(value, { nil: undefined }).map((each) => (each === undefined ? {} : { [name]: each }));
  const parts = [
    operation === 'insert' ? fc.constant({}) : optional('condition', expression),
    operation === 'insert' || operation === 'update' ? optional('check', expression) : fc.constant({}),
    operation === 'delete'
      ? fc.constant({})
      : optional(
          'columns',
          fc
            .subarray(plain, { minLength: Math.max(0, plain.length - 1) })
            .map((some) => [...table.key.columns, ...some]),
        ),
    operation === 'select' ? optional('limit', fc.integer({ min: 1, max: 50 })) : fc.constant({}),
    operation === 'select'
      ? optional('mask', fc.dictionary(fc.constantFrom(...plain), fc.constantFrom('hide', 'last4'), { maxKeys: 1 }))
      : fc.constant({}),
  ];
  return fc.tuple(...parts).map((members): CompiledRule => Object.assign({ roles: [role] }, ...members));
}

function masks(table: Table, maxKeys: number): fc.Arbitrary<Pick<CompiledRule, 'mask'>> {
  const names = Object.keys(table.columns).filter((name) => !table.key.columns.includes(name));
  return fc
    .dictionary(fc.constantFrom(...names), fc.constantFrom('hide', 'last4', 'hash'), { maxKeys })
    .map((mask) => ({ mask }));
}

function sets(table: Table): fc.Arbitrary<Pick<CompiledRule, 'set'>> {
  const values = Object.entries(SET_VALUES[table.name] ?? {});
  return fc.subarray(values, { maxLength: Math.min(2, values.length) }).map((entries) => ({
    set: Object.fromEntries(entries.map(([name, source]) => [name, compileExpression(source, undefined)])),
  }));
}
