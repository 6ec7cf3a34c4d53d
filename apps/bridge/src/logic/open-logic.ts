import { type Json, type Principal, StkError } from '@santokit/contract';
import { conditionsOpenLogic, rolesOpenLogic } from '@santokit/policy';
import { completeParams, isJoinable, type ValueSource } from '@santokit/runtime';
import type { ServedLogic } from './served-logic.ts';

/** Who calls a piece of logic, and with what. */
export interface LogicCall {
  readonly principal: Principal;
  readonly params: Json;
  readonly env: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Of a handler: what it handles. */
  readonly event?: ValueSource['event'];
  /** Called by a trigger, a subscription or the clock, which no rule is about. */
  readonly asSystem?: boolean;
}

/**
 * Opens a piece of logic to a call: roles first, then the params, then the conditions, which may speak of params and their defaults.
 * @returns what its values come from
 * @throws StkError `FORBIDDEN`; `BAD_REQUEST` naming the param
 */
export function openLogic(served: ServedLogic, call: LogicCall): ValueSource {
  const { principal, env, nowMs, event, asSystem = false } = call;
  if (!asSystem && !rolesOpenLogic(served, principal)) throw forbidden();
  const params = completeParams(served.logic.params, call.params, nowMs);
  const source = { params, principal, env, nowMs, event };
  served.bindings().check(source);
  if (!asSystem && !conditionsOpenLogic(served, { auth: principal, params, timeMs: nowMs, env })) throw forbidden();
  return source;
}

function forbidden(): StkError {
  return new StkError('FORBIDDEN', 'You may not do this');
}

/**
 * How far a transaction must be kept apart from others for the logic to be part of it.
 * @throws StkError `BAD_REQUEST` where it can be part of none
 */
export function requireJoinable({ name, logic }: ServedLogic): 'read committed' | 'repeatable read' | 'serializable' {
  const [unit] = logic.units;
  if (unit === undefined || !isJoinable(logic))
    throw new StkError(
      'BAD_REQUEST',
      `logics/${name} begins and ends transactions itself: it cannot be part of another, nor be done once by Idempotency-Key`,
    );
  switch (unit.transaction) {
    case 'repeatable_read':
      return 'repeatable read';
    case 'serializable':
      return 'serializable';
    default:
      return 'read committed';
  }
}
