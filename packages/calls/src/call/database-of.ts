import { type Json, type Principal, StkError } from '@santokit/contract';
import { DatabaseError, type Queryable } from '@santokit/engine';
import { knownColumns } from './known-columns.ts';
import type { Route } from './route.ts';
import type { ServedRelease } from './served-release.ts';

interface Caller {
  readonly served: ServedRelease;
  readonly principal: Principal;
  readonly params: Json;
}

/** The pool of the route's connection. @throws StkError `SERVICE_UNAVAILABLE` when there is none yet */
export function databaseOf<Q extends Queryable>(databases: ReadonlyMap<string, Q>, route: Route): Q {
  const database = databases.get(route.table.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this table is not connected');
  return database;
}

/** What a failure of the database is told as; anything else as it is. */
export function refusalOf(thrown: unknown, { engine, table }: Route, { served, principal, params }: Caller): unknown {
  if (!(thrown instanceof DatabaseError)) return thrown;
  return engine.refusal(thrown, table, knownColumns(table, { access: served.access.of(principal), params }));
}
