import {
  type CompiledRule,
  type RequestContext,
  RULES_OF_OPERATION,
  StkError,
  type TableOperation,
} from '@santokit/contract';
import { holds, mentionsRow } from '@santokit/policy';
import type { Access } from './access.ts';
import type { Route } from './route.ts';

/**
 * Step 2: the rule that decides; an operation that needs several rules has them all asked. A condition that speaks of the request alone is answered here; one that speaks of rows becomes a
 * predicate of the statement.
 * @throws StkError `FORBIDDEN`
 */
export function authorize(access: Access, route: Route, request: RequestContext): CompiledRule {
  const [first, ...others] = RULES_OF_OPERATION[route.operation];
  for (const operation of others) ruleFor(operation, access, route, request);
  return ruleFor(first, access, route, request);
}

function ruleFor(operation: TableOperation, access: Access, route: Route, request: RequestContext): CompiledRule {
  const rule = access.ruleOf(route.table.name, operation);
  if (rule === undefined) throw forbidden();
  requireRequestCondition(rule, request);
  return rule;
}

/** @throws StkError `FORBIDDEN` when the rule's condition speaks of the request alone and does not hold */
export function requireRequestCondition(rule: CompiledRule, request: RequestContext): void {
  const { condition } = rule;
  if (condition !== undefined && !mentionsRow(condition) && !holds(condition, { request })) throw forbidden();
}

function forbidden(): StkError {
  return new StkError('FORBIDDEN', 'You may not do this');
}
