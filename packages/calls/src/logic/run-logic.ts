import { StkError } from '@santokit/contract';
import type { Database } from '@santokit/engine';
import { type CallableLogic, type LogicPlace, openLogic, runSqlLogic } from '@santokit/runtime';
import { databaseAttributes } from '../database-attributes.ts';
import { publisherOf } from '../events/publish-of-logic.ts';
import type { LogicRequest, ServedLogics } from './logic-request.ts';
import { runFunction } from './run-function.ts';

/**
 * Runs a piece of logic for a caller, or as the system for what it handles.
 * @returns the answer's `data` as JSON text
 * @throws StkError for everything that can go wrong
 */
export async function runLogic(request: LogicRequest): Promise<string> {
  const { served, databases, name, transaction, signal, timeoutMs, isAgain, steps } = request;
  const path = `logics/${name}`;
  steps?.enter('bridge.permission');
  const callable = logicNamed(served, path);
  steps?.describe({ 'stk.path': path });
  const source = openLogic(callable, request);
  const place: LogicPlace =
    transaction === undefined ? { database: databaseOfLogic(databases, callable) } : { transaction };
  steps?.leave();
  switch (callable.kind) {
    case 'sql':
      // Without the text: what its author wrote has literals, of which nobody knows whether they are secret.
      steps?.enter('bridge.db.execute', databaseAttributes(callable.logic.connection), 'database');
      return await runSqlLogic({
        callable,
        source,
        place,
        limits: served.limits,
        timeoutMs,
        isAgain,
        signal,
        publish: await publisherOf(request, callable, source),
      });
    case 'function':
      if (served.functions === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The function is not loaded');
      return await runFunction({ host: served.functions, callable, source, place, request });
  }
}

/** @throws StkError `NOT_FOUND` */
export function logicNamed({ logics }: Pick<ServedLogics, 'logics'>, path: string): CallableLogic {
  const logic = logics.get(path);
  if (logic !== undefined) return logic;
  throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(path.slice(0, 200))}`);
}

/** The pool of the logic's connection. @throws StkError `SERVICE_UNAVAILABLE` when there is none yet */
export function databaseOfLogic(databases: ReadonlyMap<string, Database>, { logic }: CallableLogic): Database {
  const database = databases.get(logic.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this logic is not connected');
  return database;
}
