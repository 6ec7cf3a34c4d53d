import { type Json, type Principal, StkError } from '@santokit/contract';
import { conditionsOpenLogic, rolesOpenLogic } from '@santokit/policy';
import type { CallableLogic } from './callable-logic.ts';
import { completeParams } from './logic-params.ts';
import type { LogicEvent, ValueSource } from './sql/sql-bindings.ts';

/** Who calls a piece of logic, and with what. */
export interface LogicCall {
  readonly principal: Principal;
  readonly params: Json;
  readonly env: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Of a handler: what it handles. */
  readonly event?: LogicEvent | undefined;
  /** Called by a trigger, a subscription or the clock, which no rule is about. */
  readonly asSystem?: boolean | undefined;
}

/**
 * Opens a piece of logic to a call: roles first, then the params, then the conditions, which may speak of params and their defaults. The
 * arguments of a function are left to the function.
 * @returns what its values come from
 * @throws StkError `FORBIDDEN`; `BAD_REQUEST` naming the param
 */
export function openLogic(callable: CallableLogic, call: LogicCall): ValueSource {
  const { principal, env, nowMs, event, asSystem = false } = call;
  if (!asSystem && !rolesOpenLogic(callable, principal)) throw forbidden();
  const params = paramsOf(callable, call);
  const source = { params, principal, env, nowMs, event };
  if (callable.kind === 'sql') callable.bindings().check(source);
  if (!asSystem && !conditionsOpenLogic(callable, { auth: principal, params, timeMs: nowMs, env })) throw forbidden();
  return source;
}

function paramsOf({ logic }: CallableLogic, { params, nowMs }: LogicCall): Readonly<Record<string, Json>> {
  if (logic.kind === 'sql') return completeParams(logic.params, params, nowMs);
  if (params !== null && (typeof params !== 'object' || Array.isArray(params)))
    throw new StkError('BAD_REQUEST', 'params must be an object');
  return (params ?? {}) as Readonly<Record<string, Json>>;
}

function forbidden(): StkError {
  return new StkError('FORBIDDEN', 'You may not do this');
}
