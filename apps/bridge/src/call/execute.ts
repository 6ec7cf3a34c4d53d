import { StkError } from '@santokit/contract';
import { DatabaseError, type Plan, type Queryable, type QueryOptions, type QueryResult } from '@santokit/engine';
import type { Route } from './route.ts';

/** Step 6: runs the plan. @throws StkError for everything that the database refuses or fails at */
export async function execute(database: Queryable, route: Route, run: PlanRun): Promise<QueryResult> {
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
export function databaseOf<Q extends Queryable>(databases: ReadonlyMap<string, Q>, route: Route): Q {
  const database = databases.get(route.table.connection);
  if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database of this table is not connected');
  return database;
}
