import { StkError } from '@santokit/contract';
import type { Database, DatabaseError, Engine, TransactionOptions } from '@santokit/engine';
import { isolationNeeded, openLogic } from '@santokit/runtime';
import { TraceSteps } from '@santokit/telemetry';
import { openPublish } from '../events/call-publish.ts';
import { databaseOfLogic, logicNamed } from '../logic/run-logic.ts';
import { authorize } from './authorize.ts';
import { type CallRequest, contextOf, isLogic, isPublish, isStorage } from './call.ts';
import { databaseOf } from './database-of.ts';
import { knownColumns } from './known-columns.ts';
import { routeOf } from './route.ts';

/** Where a call would be made that the caller may make. */
export interface CallPlace {
  readonly engine: Engine;
  readonly connection: string;
  readonly database: () => Database;
  /** Whether a failure of the database can be about it, by the name of the table there. */
  readonly isAbout: (table: string | undefined) => boolean;
  readonly refusal: (error: DatabaseError) => StkError;
  /** How far the transaction that it is part of must be kept apart from others. */
  readonly isolation: NonNullable<TransactionOptions['isolation']>;
}

/**
 * Finds what a call in a transaction is about, and whether the caller may make it at all, before anything is done.
 * @throws StkError where it leads nowhere, the caller may not, or it cannot be part of a transaction
 */
export function placeOf(request: Omit<CallRequest, 'transaction'>): CallPlace {
  if (request.trace === undefined) return found(request);
  const steps = new TraceSteps(request.trace);
  steps.enter('bridge.permission');
  try {
    const place = found(request);
    steps.set({ 'stk.path': request.path });
    steps.leave();
    return place;
  } catch (thrown) {
    steps.fail(thrown);
    throw thrown;
  }
}

function found(request: Omit<CallRequest, 'transaction'>): CallPlace {
  if (isStorage(request.path))
    throw new StkError(
      'BAD_REQUEST',
      `${request.path.slice(0, 200)} is about no database: it cannot be part of a transaction`,
    );
  if (isPublish(request.path)) return placeOfPublish(request);
  return isLogic(request.path) ? placeOfLogic(request) : placeOfTable(request);
}

function placeOfTable({ served, databases, principal, path, params, env, nowMs }: CallRequest): CallPlace {
  const route = routeOf(served.routes, path);
  const access = served.access.of(principal);
  authorize(access, route, { auth: principal, params, timeMs: nowMs, env });
  const { engine, table } = route;
  return {
    engine,
    connection: table.connection,
    database: () => databaseOf(databases, route),
    isAbout: (name) => table.name === name,
    refusal: (error) => engine.refusal(error, table, knownColumns(table, { access, params })),
    isolation: 'read committed',
  };
}

function placeOfPublish({ served, ...request }: CallRequest): CallPlace {
  const { engine, connection, database } = openPublish({
    ...request,
    events: served.events,
    request: contextOf(request),
  });
  return {
    engine,
    connection,
    database,
    isAbout: () => false,
    refusal: (error) => engine.logic.refusal(error, { tables: [], readOnly: false }),
    isolation: 'read committed',
  };
}

function placeOfLogic(request: CallRequest): CallPlace {
  const logic = logicNamed(request.served, request.path);
  openLogic(logic, request);
  const { engine, tables } = logic;
  return {
    engine,
    connection: logic.logic.connection,
    database: () => databaseOfLogic(request.databases, logic),
    isAbout: (name) => tables.some((table) => table.name === name),
    refusal: (error) => engine.logic.refusal(error, { tables, readOnly: false }),
    isolation: isolationNeeded(logic),
  };
}
