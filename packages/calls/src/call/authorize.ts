import { type CompiledRule, type RequestContext, RULES_OF_OPERATION, StkError } from '@santokit/contract';
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
  if (rule === undefined) throw writesView(access, route) ? new StkError('FORBIDDEN', VIEW) : forbidden();
  return rule;
}

const VIEW = 'This is a view: its rows can only be read';

/** No rule lets anybody write a view; those who may read it are told why. */
function writesView(access: Access, { table, operation }: Route): boolean {
  const isRead = RULES_OF_OPERATION[operation][0] === 'select';
  return table.view === true && !isRead && access.ruleOf(table.name, 'select') !== undefined;
}

/** @throws StkError `FORBIDDEN` when the rule's condition speaks of the request alone and does not hold */
export function requireRequestCondition(rule: CompiledRule, request: RequestContext): void {
  if (!admits(rule, request)) throw forbidden();
}

function forbidden(): StkError {
  return new StkError('FORBIDDEN', 'You may not do this');
}
