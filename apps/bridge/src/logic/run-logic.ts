import { StkError } from '@santokit/contract';
import type { CancelSignal, Database, Transaction } from '@santokit/engine';
import { runSqlLogic } from '@santokit/runtime';
import { type LogicCall, openLogic } from './open-logic.ts';
import type { ServedLogic, ServedLogics } from './served-logic.ts';

export interface LogicRequest extends LogicCall {
  readonly served: ServedLogics;
  /** By connection name. */
  readonly databases: ReadonlyMap<string, Database>;
  /** `users/purchase` */
  readonly name: string;
  /** The open transaction that it is part of; it must be of the logic's connection. */
  readonly transaction?: Transaction | undefined;
  /** Fires when the caller went away: the statement is cancelled. */
  readonly signal?: CancelSignal | undefined;
  /** Whether it failed before because the schema is being changed. */
  readonly isAgain?: boolean | undefined;
}

/**
 * Runs a piece of logic for a caller, or as the system for what it handles.
 * @returns the answer's `data` as JSON text
 * @throws StkError for everything that can go wrong
 */
export async function runLogic(request: LogicRequest): Promise<string> {
  const { served, databases, name, transaction, signal, isAgain = false } = request;
  const logic = logicNamed(served, `logics/${name}`);
  const source = openLogic(logic, request);
  const { engine, tables } = logic;
  const place = transaction === undefined ? { database: databaseOf(databases, logic) } : { transaction };
  const prepare = logic.wasRun && !isAgain;
  logic.wasRun = true;
  return await runSqlLogic({
    logic: logic.logic,
    bindings: logic.bindings(),
    source,
    place,
    engine,
    tables,
    limits: served.limits,
    prepare,
    signal,
  });
}

/** @throws StkError `NOT_FOUND` */
export function logicNamed({ logics }: Pick<ServedLogics, 'logics'>, path: string): ServedLogic {
  const logic = logics.get(path);
  if (logic !== undefined) return logic;
  throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(path.slice(0, 200))}`);
}

/** The pool of the logic's connection. @throws StkError `SERVICE_UNAVAILABLE` when there is none yet */
export function databaseOf(databases: ReadonlyMap<string, Database>, { logic }: ServedLogic): Database {
  const database = databases.get(logic.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this logic is not connected');
  return database;
}
