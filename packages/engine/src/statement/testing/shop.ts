import {
  type CallOperation,
  type Column,
  type CompiledRule,
  DEFAULT_LIMITS,
  type Json,
  type RequestContext,
  type Schema,
  type Table,
} from '@santokit/contract';
import { compileStatement } from '../../postgres/statement/compile-statement.ts';
import type { CascadeContext } from '../object-deletions.ts';
import { parseStatement } from '../parse-statement.ts';
import type { Plan } from '../plan.ts';
import type { TriggerContext } from '../row-events.ts';
import { bindRules, expressionsOf, preparedExpression } from '../rule-bindings.ts';
import { type Shape, shapeOf } from '../shape.ts';
import type { Statement } from '../statement.ts';

type Spec = Omit<Column, 'name' | 'nullable'> & { readonly nullable?: boolean };

/** A table with a key `id` that callers send. */
export function table(name: string, specs: Record<string, Spec>, parts: Partial<Table> = {}): Table {
  const columns = Object.fromEntries(
    Object.entries(specs).map(([column, spec]) => [column, { nullable: false, ...spec, name: column }]),
  );
  return {
    name,
    connection: 'main',
    key: { columns: ['id'], generate: 'client' },
    columns,
    indexes: [],
    relations: {},
    ...parts,
  };
}

/** Names that need quoting, types that need casting, relations both ways. */
export const SHOP: Schema = {
  items: table(
    'items',
    {
      id: { type: 'string' },
      name: { type: 'string', native: 'character varying(40)' },
      price: { type: 'decimal', precision: 12, scale: 2, nullable: true },
      'odd "name"': { type: 'int', nullable: true },
      tags: { type: 'array', items: { type: 'string' }, nullable: true },
      shop_id: { type: 'string' },
    },
    { relations: { shop: { kind: 'one', table: 'shops', column: 'shop_id', targetColumn: 'id' } } },
  ),
  shops: table(
    'shops',
    { id: { type: 'string' }, city: { type: 'string' } },
    {
      schema: 'trade',
      relations: { items: { kind: 'many', table: 'items', column: 'id', targetColumn: 'shop_id' } },
    },
  ),
};

export const ANYTHING: CompiledRule = { roles: ['public'] };

export const REQUEST: RequestContext = {
  auth: { type: 'user', sub: 'u1', roles: ['editor'], claims: {} },
  params: {},
  timeMs: Date.parse('2026-01-02T03:04:05.678Z'),
  env: 'dev',
};

interface Planned {
  readonly statement: Statement;
  readonly plan: Plan;
  readonly shape: Shape;
  readonly params: (string | null)[];
}

/** The plan of a call on the shop, with its shape and the parameters that it is run with. */
export function planned(operation: CallOperation, name: string, params: Json, rule: CompiledRule = ANYTHING): Planned {
  return plannedOn({ schema: SHOP, operation, name, params, rule });
}

/** The plan of a call on any schema. */
export function plannedOn(call: {
  readonly schema: Schema;
  readonly operation: CallOperation;
  readonly name: string;
  readonly params: Json;
  readonly rule: CompiledRule;
  readonly triggers?: TriggerContext;
  readonly cascades?: CascadeContext;
}): Planned {
  const { schema, operation, name, rule, triggers, cascades } = call;
  const target = schema[name];
  if (target === undefined) throw new Error(`no table ${name}`);
  const shape = shapeOf(operation, call.params, DEFAULT_LIMITS);
  const statement = parseStatement(
    shape.key,
    { operation, table: target, rule },
    { schema, limits: DEFAULT_LIMITS, ruleOf: () => rule, requires: () => {}, triggers, cascades },
  );
  const rules = bindRules(expressionsOf(statement).map(preparedExpression), REQUEST);
  const plan = compileStatement(statement, rules);
  return {
    statement,
    plan,
    shape,
    params: plan.binders.map((bind) => bind({ values: shape.values, request: REQUEST, rules })),
  };
}
