import {
  type Column,
  type CompiledRelease,
  type CompiledRule,
  type RequestContext,
  StkError,
  TABLE_OPERATIONS,
  type Table,
} from '@santokit/contract';
import {
  bindRules,
  type Engine,
  expressionsOf,
  preparedExpression,
  type Statement,
  type ValueHash,
} from '@santokit/engine';
import type { Route } from './route.ts';

/**
 * Compiles every rule and every column's checks once, so that a release in which one cannot be compiled is refused before it serves
 * a call.
 * @throws StkError naming the table and operation
 */
export function proveRules(
  { schema, permissions }: CompiledRelease,
  routes: ReadonlyMap<string, Route>,
  hash: ValueHash | undefined,
): void {
  for (const [name, operations] of Object.entries(permissions.tables))
    for (const operation of TABLE_OPERATIONS)
      for (const rule of operations[operation] ?? []) {
        const engine = routes.get(`db/${name}/${operation}`)?.engine;
        const table = Object.hasOwn(schema, name) ? schema[name] : undefined;
        if (table === undefined || engine === undefined)
          throw new StkError('BAD_REQUEST', `Permissions name the table ${name}, which the schema does not have`);
        prove(`${name}/${operation}`, () => compileRule(engine, { table, rule, hash }));
      }
}

/** A write of every column under the rule, and a read of what it masks: together they need all that a rule can hold. */
function compileRule(engine: Engine, { table, rule, hash }: RuleToProve): void {
  const columns = Object.values(table.columns);
  const sent = columns.map((column) => ({ kind: 'sent', column, slot: 0, presence: undefined }) as const);
  const set = Object.entries(rule.set ?? {}).map(
    ([name, expression]) => ({ kind: 'set', column: columnOf(table, name), expression }) as const,
  );
  const where = { kind: 'constant', holds: true } as const;
  const { condition: predicate, check } = rule;
  proveStatement(engine, {
    kind: 'update',
    table,
    cells: [...sent, ...set],
    predicate,
    where,
    all: true,
    check,
    returning: undefined,
  });
  const masked = Object.entries(rule.mask ?? {}).map(([name, mask]) => {
    const column = columnOf(table, name);
    if (mask !== 'hash') return { column, mask };
    if (hash === undefined) throw new StkError('BAD_REQUEST', 'it masks by hash, and the Hub gave no key to hash with');
    return { column, mask: { hash } };
  });
  const limit = { slot: undefined, default: 1, most: 1, cap: undefined, name: 'limit' };
  const selection = { table, predicate, where, distinct: [], orderBy: [], limit, offset: undefined, paging: undefined };
  const read = { ...selection, columns: masked, expands: [] };
  proveStatement(engine, { kind: 'select', read, count: false });
}

interface RuleToProve {
  readonly table: Table;
  readonly rule: CompiledRule;
  readonly hash: ValueHash | undefined;
}

/** Translates it for some request; for another the text differs in the kinds of its values at most. */
function proveStatement(engine: Engine, statement: Statement): void {
  engine.compile(statement, bindRules(expressionsOf(statement).map(preparedExpression), SOME_REQUEST));
}

const SOME_REQUEST: RequestContext = {
  auth: { type: 'user', sub: '', roles: [], claims: {} },
  params: {},
  timeMs: 0,
  env: '',
};

function columnOf(table: Table, name: string): Column {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (column === undefined) throw new StkError('BAD_REQUEST', `unknown column ${name}`);
  return column;
}

function prove(what: string, compile: () => void): void {
  try {
    compile();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new StkError('BAD_REQUEST', `A rule of ${what} cannot be compiled: ${reason}`, undefined, { cause: thrown });
  }
}
