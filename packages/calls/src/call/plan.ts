import type { CompiledRule, RequestContext } from '@santokit/contract';
import {
  bindRules,
  expressionsOf,
  type Plan,
  parseStatement,
  preparedExpression,
  type RuleBindings,
} from '@santokit/engine';
import type { Access } from './access.ts';
import { requireRequestCondition } from './authorize.ts';
import type { PlannedShape } from './plan-cache.ts';
import type { Route } from './route.ts';
import type { ServedRelease } from './served-release.ts';

interface PlanRequest {
  readonly served: ServedRelease;
  readonly route: Route;
  readonly access: Access;
  readonly rule: CompiledRule;
  /** Of the call's shape. */
  readonly key: string;
  readonly request: RequestContext;
}

interface PlannedCall {
  readonly plan: Plan;
  /** The plan's rules, answered for this request. */
  readonly rules: RuleBindings;
  /** Whether the plan was already there, and so comes again. */
  readonly hit: boolean;
}

/**
 * Step 4: the plan for a shape, from the cache or built from the shape's key. What a plan depends on is in its key: the rules
 * that decide for the caller, the table and operation, the shape, and the shape of what the request answers to the rules.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN` where the shape asks for what there is not or may not be had
 */
export function planOf(call: PlanRequest): PlannedCall {
  const { served, route, request } = call;
  const shape = shapeOf(call);
  for (const related of shape.requires) requireRequestCondition(related, request);
  const rules = bindRules(shape.expressions, request);
  const known = shape.plans.get(rules.shape);
  if (known !== undefined) return { plan: known, rules, hit: true };
  const plan = route.engine.compile(shape.statement, rules);
  served.plans.add(shape, rules.shape, plan);
  return { plan, rules, hit: false };
}

function shapeOf(call: PlanRequest): PlannedShape {
  const { served, route, access, key } = call;
  const cacheKey = keepsTrace(call) ? `${access.id}/${route.id}t${key}` : `${access.id}/${route.id}${key}`;
  const known = served.plans.get(cacheKey);
  if (known !== undefined) return known;
  const parsed = parse(call);
  served.plans.set(cacheKey, parsed);
  return parsed;
}

/** Whether what the call causes names the trace that it is part of: in databases that have no place for that, no statement speaks of it. */
function keepsTrace({ request }: PlanRequest): boolean {
  return request.traceparent !== undefined;
}

function parse(call: PlanRequest): PlannedShape {
  const { served, route, access, rule, key } = call;
  const triggers = served.events?.triggers;
  const cascades = served.cascades?.context;
  const requires = new Set<CompiledRule>();
  const statement = parseStatement(
    key,
    { operation: route.operation, table: route.table, rule },
    {
      schema: served.release.schema,
      limits: served.limits,
      ruleOf: access.ruleOf,
      hash: served.hash,
      triggers: triggers === undefined ? undefined : { ...triggers, keepsTrace: keepsTrace(call) },
      cascades: cascades === undefined ? undefined : { ...cascades, keepsTrace: keepsTrace(call) },
      requires: (related) => requires.add(related),
    },
  );
  const expressions = expressionsOf(statement).map(preparedExpression);
  return { statement, expressions, requires: [...requires], plans: new Map() };
}
