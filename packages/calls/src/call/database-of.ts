import { StkError } from '@santokit/contract';
import { DatabaseError, type Queryable } from '@santokit/engine';
import type { Route } from './route.ts';

/** The pool of the route's connection. @throws StkError `SERVICE_UNAVAILABLE` when there is none yet */
export function databaseOf<Q extends Queryable>(databases: ReadonlyMap<string, Q>, route: Route): Q {
  const database = databases.get(route.table.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this table is not connected');
  return database;
}

/** What a failure of the database is told as; anything else as it is. */
export function refusalOf(thrown: unknown, { engine, table }: Route): unknown {
  return thrown instanceof DatabaseError ? engine.refusal(thrown, table) : thrown;
}
