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

/** Conditions on the rows of each table. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  users: [
    'resource.id == request.auth.sub',
    'resource.name.startsWith("A") || has(resource.phone)',
    'size(resource.email) > 3',
  ],
  posts: [
    'resource.author_id == request.auth.sub || resource.status == "published"',
    'resource.likes + 1 > 3 && resource.created_at < request.time',
    '!(resource.status in ["draft", "x"]) && resource.note != null',
    'request.auth.roles.exists(role, role == resource.author_id)',
    'resource.likes > 2 ? resource.title.contains("o") : resource.note == null',
  ],
  comments: [
    'resource.author_id == request.auth.sub',
    'resource.id > 1 && resource.body != "secret"',
    'has(resource.author_id)',
  ],
  samples: [
    'resource.i > 0',
    'resource.d < 2.5',
    'resource.t == true || resource.s in request.auth.roles',
    'resource.b != 5',
  ],
  members: ['resource.person == request.auth.sub', 'resource.team != "red"'],
};

/** Rules of one role for every table of the blog: conditions, checks, columns, masks, limits. */
export function randomRules(role: string): fc.Arbitrary<CompiledPermissions['tables']> {
  return rulesOf((table, operation) => rule(table, role, operation));
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
  const others = names.filter((name) => !table.key.columns.includes(name));
  const masks = fc.dictionary(fc.constantFrom(...others), fc.constantFrom('hide', 'last4', 'hash'), { maxKeys: 2 });
  return fc.tuple(plain, fc.subarray(names, { minLength: 1 }), masks).map(([{ limit, ...rest }, columns, mask]) => {
    const isOrdered = table.key.columns.every((name) => columns.includes(name));
    return { ...rest, columns, mask, ...(isOrdered && limit !== undefined ? { limit } : {}) };
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
