import {
  call,
  callInTransaction,
  dataOf,
  makeOutboxes,
  type ServedRelease,
  type Serving,
  Stores,
  serveAgain,
  type Transact,
} from '@santokit/calls';
import { type Json, type Principal, StkError } from '@santokit/contract';
import { type Database, DatabaseError } from '@santokit/engine';
import { FunctionFault, originalPlace } from '@santokit/runtime';
import { findArtifact } from '../artifacts/find-artifact.ts';
import type { Deps } from '../deps.ts';

export interface LogicTrial {
  readonly deps: Pick<Deps, 'store' | 'logger'>;
  readonly served: ServedRelease;
  readonly principal: Principal;
  /** `logics/users/purchase` */
  readonly path: string;
  readonly params: Json;
  readonly env: string;
  readonly nowMs: number;
  /** The logic's. */
  readonly connection: string;
  readonly database: Database;
  /** Whether nothing of what it does is to stay. */
  readonly rollback: boolean;
  readonly signal: AbortSignal;
}

/**
 * Calls a piece of logic as a Bridge does.
 * @returns what it answers
 * @throws whatever can go wrong: a `StkError`, or the database's own words, which whoever tries their own logic is told
 */
export async function tryLogic(trial: LogicTrial): Promise<unknown> {
  const { deps, served, principal, path, params, env, nowMs, connection, database, rollback, signal } = trial;
  const databases: Serving['databases'] = new Map([[connection, database]]);
  // Logic calls no buckets.
  const serving: Serving = { served, databases, stores: new Stores() };
  const again = serveAgain({
    snapshot: () => serving,
    isReplaced: async () => false,
    makeOwnTables: () => makeOutboxes(served, databases, deps.logger),
  });
  const request = { ...serving, principal, path, params, env, nowMs, signal };
  const make = (made: typeof request) => (rollback ? callInTransaction({ ...made, transact: undone }) : call(made));
  try {
    const { body } = await make(request).catch(async (thrown: unknown) =>
      make({ ...request, ...(await again(thrown, served)) }),
    );
    return dataOf(body);
  } catch (thrown) {
    throw await told(deps, thrown);
  }
}

/** Gives the answer once everything is undone that made it, and that could have been committed. */
const undone: Transact = async ({ engine, database, work, options }) => {
  let answer = '';
  const done = database.transaction(async (transaction) => {
    answer = await work(transaction);
    await engine.logic.checkDeferred(transaction);
    throw new Undone();
  }, options);
  await done.catch((thrown: unknown) => {
    if (!(thrown instanceof Undone)) throw thrown;
  });
  return answer;
};

class Undone extends Error {}

/** What a caller is told as an internal error, in the words of what it was. */
async function told({ store }: Pick<Deps, 'store'>, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof StkError) || thrown.code !== 'INTERNAL_ERROR') return thrown;
  const { cause } = thrown;
  if (cause instanceof DatabaseError) return cause;
  if (!(cause instanceof FunctionFault)) return thrown;
  const { sourceMap } = await findArtifact(store.db, cause.artifact);
  const place = sourceMap === null ? undefined : originalPlace(cause.trace, sourceMap);
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
  return new StkError('BAD_REQUEST', `${where}${cause.message}`, undefined, { cause });
}
