import {
  type CompiledRelease,
  DEFAULT_LIMITS,
  type Json,
  logicRunRequestSchema,
  logicRunSchema,
  type Principal,
  StkError,
} from '@santokit/contract';
import { type Database, DatabaseError } from '@santokit/engine';
import { type CallableLogic, isolationNeeded, openLogic, runSqlLogic, type ValueSource } from '@santokit/runtime';
import { appendAudit } from '../audit/append-audit.ts';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { principalOf } from '../permissions/principal-of.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { logicNamed } from './logic-named.ts';
import { tryFunction } from './try-function.ts';

export const runLogicRoute = route({
  name: 'logicRun',
  summary: 'Run a piece of logic of the current release as a caller, on the database of the env',
  least: 'deployer',
  body: logicRunRequestSchema,
  answer: logicRunSchema,
  audit: 'logic.run',
  bodyLimitBytes: DEFAULT_LIMITS.bodyBytes,
  async handle({ deps, body, actor, project, env, origin, signal }) {
    const { as, rollback } = body;
    const release = await currentRelease({ deps, env });
    const callable = logicNamed(release, body.name);
    if (callable.kind === 'sql' && callable.logic.publish !== undefined && !rollback)
      throw new StkError('BAD_REQUEST', 'This logic publishes events: call it on a Bridge, or try it with rollback');
    const principal = principalOf(as);
    // A request's body is JSON, and so is what is within it.
    const call = { principal, params: body.params as Json, env: env.name, nowMs: deps.clock().getTime() };
    const source = openLogic(callable, call);
    const connection = await findConnection(deps.store.db, env, callable.logic.connection);
    // Before it runs: what it does is in another database, and must not be there untold.
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'logic.run',
        project: project.name,
        env: env.name,
        detail: { logic: callable.name, as: { type: principal.type, sub: principal.sub, roles: as.roles }, rollback },
        origin,
      }),
    );
    const startedMs = performance.now();
    const data = await withConnection({ deps, project, connection }, (database) =>
      run({ deps, callable, source, principal, database, release, rollback, signal }),
    );
    return { data: JSON.parse(data), rolledBack: rollback, ms: Math.round(performance.now() - startedMs) };
  },
});

interface LogicTrial {
  readonly deps: Deps;
  readonly callable: CallableLogic;
  readonly source: ValueSource;
  readonly principal: Principal;
  readonly database: Database;
  readonly release: CompiledRelease;
  readonly rollback: boolean;
  readonly signal: AbortSignal;
}

async function run(trial: LogicTrial): Promise<string> {
  const { callable, source, database, release, rollback, signal } = trial;
  const limits = { ...DEFAULT_LIMITS, ...release.limits.ceilings };
  try {
    if (!rollback && callable.kind === 'sql')
      return await runSqlLogic({ callable, source, place: { database }, limits, signal });
    let data = '';
    const isolation = isolationNeeded(callable);
    const undone = database.transaction(
      async (transaction) => {
        data =
          callable.kind === 'sql'
            ? await runSqlLogic({ callable, source, place: { transaction }, limits })
            : await tryFunction({ ...trial, callable, transaction, limits });
        if (rollback) throw new Undone();
      },
      { isolation, signal, timeoutMs: limits.queryTimeoutMs },
    );
    await undone.catch((thrown: unknown) => {
      if (!(thrown instanceof Undone)) throw thrown;
    });
    return data;
  } catch (thrown) {
    // Whoever tries their own logic is told what a caller is not.
    if (thrown instanceof StkError && thrown.code === 'INTERNAL_ERROR' && thrown.cause instanceof DatabaseError)
      throw thrown.cause;
    throw thrown;
  }
}

class Undone extends Error {}
