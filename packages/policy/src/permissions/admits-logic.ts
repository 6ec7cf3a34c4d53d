import type { CompiledLogic, CompiledRule, Principal, RequestContext } from '@santokit/contract';
import { holds } from '../expression/evaluate.ts';
import { admits, chosenRule, namesRole } from './admitted-rule.ts';

/** What decides who may call a piece of logic. */
export interface LogicAccess {
  readonly logic: Pick<CompiledLogic, 'roles' | 'condition'>;
  /** Those of `config/permissions.yaml` for its name, as `logicRules` finds them. */
  readonly rules: readonly CompiledRule[] | undefined;
}

/**
 * Whether the caller's roles open a piece of logic: those of its own file and those of the permissions, where each says something. Where
 * neither does, nobody may call it.
 */
export function rolesOpenLogic({ logic, rules }: LogicAccess, principal: Principal): boolean {
  const { roles } = logic;
  if (roles === undefined && rules === undefined) return false;
  if (roles !== undefined && !namesRole({ roles }, principal)) return false;
  return rules === undefined || chosenRule(rules, principal) !== -1;
}

/** Whether the conditions of both hold, for a caller whom the roles let in. `request.params` is to hold the defaults. */
export function conditionsOpenLogic({ logic, rules }: LogicAccess, request: RequestContext): boolean {
  const { condition } = logic;
  if (condition !== undefined && !holds(condition, { request })) return false;
  const rule = rules?.[chosenRule(rules, request.auth)];
  return rule === undefined || admits(rule, request);
}
