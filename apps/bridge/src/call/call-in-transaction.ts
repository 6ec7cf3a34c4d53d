import { type Database, DatabaseError } from '@santokit/engine';
import { authorize } from './authorize.ts';
import { type CallRequest, call } from './call.ts';
import { databaseOf } from './database-of.ts';
import { routeOf } from './route.ts';
import { type Transact, transactionOptions } from './transact.ts';

export interface CallInTransactionRequest extends CallRequest {
  readonly databases: ReadonlyMap<string, Database>;
  readonly transact: Transact;
}

/**
 * Runs one call in a transaction of its own. Whether the caller may make it at all is asked before, so that `transact` may answer
 * without making it.
 * @throws StkError for everything that can go wrong
 */
export async function callInTransaction(
  request: CallInTransactionRequest,
): Promise<{ readonly body: string; readonly planHit?: boolean }> {
  const { served, databases, principal, path, params, env, nowMs, signal, transact } = request;
  const route = routeOf(served.routes, path);
  authorize(served.access.of(principal), route, { auth: principal, params, timeMs: nowMs, env });
  const { engine, table } = route;
  let planHit: boolean | undefined;
  try {
    const body = await transact({
      engine,
      database: databaseOf(databases, route),
      options: transactionOptions(served.limits, signal),
      work: async (transaction) => {
        const answer = await call({ ...request, databases: new Map([[table.connection, transaction]]) });
        ({ planHit } = answer);
        return textOf(answer.body);
      },
    });
    return planHit === undefined ? { body } : { body, planHit };
  } catch (thrown) {
    // The commit was refused, by a constraint that is checked last.
    if (thrown instanceof DatabaseError) throw engine.refusal(thrown, table);
    throw thrown;
  }
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString();
}
