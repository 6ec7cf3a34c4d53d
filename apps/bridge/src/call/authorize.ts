import { type CompiledRule, type RequestContext, StkError } from '@santokit/contract';
import { admits, admittedRule } from '@santokit/policy';
import type { Access } from './access.ts';
import type { Route } from './route.ts';

/**
 * Step 2: the rule that decides. A condition that speaks of the request alone is answered here; one that speaks of rows becomes a
 * predicate of the statement.
 * @throws StkError `FORBIDDEN`
 */
export function authorize(access: Access, route: Route, request: RequestContext): CompiledRule {
  const rule = admittedRule(access, route, request);
  if (rule === undefined) throw forbidden();
  return rule;
}

/** @throws StkError `FORBIDDEN` when the rule's condition speaks of the request alone and does not hold */
export function requireRequestCondition(rule: CompiledRule, request: RequestContext): void {
  if (!admits(rule, request)) throw forbidden();
}

function forbidden(): StkError {
  return new StkError('FORBIDDEN', 'You may not do this');
}
