import type { CompiledRule } from '@santokit/contract';
import { parseStatement } from '@santokit/engine';
import type { Access } from './access.ts';
import type { CachedPlan } from './plan-cache.ts';
import type { Route } from './route.ts';
import type { ServedRelease } from './served-release.ts';

export interface PlanRequest {
  readonly served: ServedRelease;
  readonly route: Route;
  readonly access: Access;
  readonly rule: CompiledRule;
  /** Of the call's shape. */
  readonly key: string;
}

/**
 * Step 4: the plan for a shape, from the cache or built from the shape's key. What a plan depends on is in its key: the rules
 * that decide for the caller, the table and operation, the shape.
 * @throws StkError `BAD_REQUEST` or `FORBIDDEN` where the shape asks for what there is not or may not be had
 */
export function planOf(request: PlanRequest): { readonly cached: CachedPlan; readonly hit: boolean } {
  const { served, route, access, key } = request;
  const cacheKey = `${access.id}/${route.id}${key}`;
  const known = served.plans.get(cacheKey);
  if (known !== undefined) {
    known.isKnown = true;
    return { cached: known, hit: true };
  }
  const cached = build(request);
  served.plans.set(cacheKey, cached);
  return { cached, hit: false };
}

function build({ served, route, access, rule, key }: PlanRequest): CachedPlan {
  const requires = new Set<CompiledRule>();
  const statement = parseStatement(
    key,
    { operation: route.operation, table: route.table, rule },
    {
      schema: served.release.schema,
      limits: served.limits,
      ruleOf: access.ruleOf,
      requires: (related) => requires.add(related),
    },
  );
  return { plan: route.engine.compile(statement), requires: [...requires], isKnown: false };
}
