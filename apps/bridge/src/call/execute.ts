import { StkError } from '@santokit/contract';
import { type Database, DatabaseError, type Plan, type QueryOptions, type QueryResult } from '@santokit/engine';
import type { Route } from './route.ts';

/** Step 6: runs the plan. @throws StkError for everything that the database refuses or fails at */
export async function execute(database: Database, route: Route, run: PlanRun): Promise<QueryResult> {
  try {
    return await database.query(run.plan.text, run.params, run.options);
  } catch (thrown) {
    if (thrown instanceof DatabaseError) throw route.engine.refusal(thrown, route.table);
    throw thrown;
  }
}

interface PlanRun {
  readonly plan: Plan;
  readonly params: readonly (string | null)[];
  readonly options: QueryOptions;
}

/** The pool of the route's connection. @throws StkError `SERVICE_UNAVAILABLE` when there is none yet */
export function databaseOf(databases: ReadonlyMap<string, Database>, route: Route): Database {
  const database = databases.get(route.table.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this table is not connected');
  return database;
}
