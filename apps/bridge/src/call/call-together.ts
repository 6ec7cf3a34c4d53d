import { StkError, toStkError } from '@santokit/contract';
import { DatabaseError, type Transaction } from '@santokit/engine';
import { authorize } from './authorize.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { BatchRequest } from './batch-request.ts';
import { call } from './call.ts';
import { databaseOf } from './database-of.ts';
import { type Route, routeOf } from './route.ts';
import { type Transact, transactionOptions } from './transact.ts';

/**
 * Runs calls one after another in one transaction, each seeing what those before it wrote, and gives their answers in order:
 * `{"results":[…]}`.
 * @throws StkError the first error, with `details.call` the index of its call; nothing of the batch is done then
 */
export async function callTogether(batch: BatchRequest & { readonly transact: Transact }): Promise<string> {
  const { databases, served, signal, transact } = batch;
  // Before anything is done, and before the answer of a batch that was done before may be given again.
  const routes = routesOf(batch);
  const [first] = routes;
  if (first === undefined) throw new StkError('BAD_REQUEST', 'A batch has at least one call');
  try {
    const work = (transaction: Transaction) => runAll(batch, first.table.connection, transaction);
    const options = transactionOptions(served.limits, signal);
    return await transact({ engine: first.engine, database: databaseOf(databases, first), work, options });
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    // The commit was refused, by a constraint that is checked last: it is put down to the last call that can have broken it.
    const culprit = routes.findLastIndex(({ table }) => table.name === thrown.table);
    const index = culprit === -1 ? routes.length - 1 : culprit;
    const { engine, table } = routes[index] ?? first;
    throw ofCall(index, engine.refusal(thrown, table));
  }
}

/** What every path leads to. @throws StkError when one leads nowhere, to what the caller may not do, or to another connection than the first */
function routesOf({ calls, served, principal, env, nowMs }: BatchRequest): readonly Route[] {
  const access = served.access.of(principal);
  let connection: string | undefined;
  return calls.map(({ path, params }, index) => {
    try {
      const route = routeOf(served.routes, path);
      authorize(access, route, { auth: principal, params, timeMs: nowMs, env });
      connection ??= route.table.connection;
      if (route.table.connection === connection) return route;
    } catch (thrown) {
      throw ofCall(index, thrown);
    }
    throw ofCall(
      index,
      new StkError(
        'BAD_REQUEST',
        `The table of calls[${index}] is in another database, which a transaction cannot span`,
      ),
    );
  });
}

async function runAll(batch: BatchRequest, connection: string, transaction: Transaction): Promise<string> {
  const answer = new BatchAnswer(batch.served.limits.answerBytes);
  const databases = new Map([[connection, transaction]]);
  for (const [index, { path, params }] of batch.calls.entries())
    try {
      const { body, planHit } = await call({ ...batch, databases, path, params });
      batch.onOutcome({ path, planHit });
      answer.set(index, body);
      answer.requireSize();
    } catch (thrown) {
      const error = ofCall(index, thrown);
      batch.onOutcome({ path, error });
      throw error;
    }
  return answer.text();
}

function ofCall(index: number, thrown: unknown): StkError {
  const { code, message, details, cause } = toStkError(thrown);
  return new StkError(code, message, { ...details, call: index }, { cause });
}
