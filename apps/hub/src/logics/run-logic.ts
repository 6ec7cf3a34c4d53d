import {
  type CompiledRelease,
  DEFAULT_LIMITS,
  type Json,
  logicRunRequestSchema,
  logicRunSchema,
  StkError,
} from '@santokit/contract';
import { type Database, DatabaseError } from '@santokit/engine';
import { type CallableSql, isolationNeeded, openLogic, runSqlLogic, type ValueSource } from '@santokit/runtime';
import { appendAudit } from '../audit/append-audit.ts';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { principalOf } from '../permissions/principal-of.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { logicNamed } from './logic-named.ts';

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
    if (callable.kind === 'function')
      throw new StkError('BAD_REQUEST', 'Functions run on a Bridge: call this one there');
    if (callable.logic.publish !== undefined && !rollback)
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
      run({ callable, source, database, release, rollback, signal }),
    );
    return { data: JSON.parse(data), rolledBack: rollback, ms: Math.round(performance.now() - startedMs) };
  },
});

interface LogicTrial {
  readonly callable: CallableSql;
  readonly source: ValueSource;
  readonly database: Database;
  readonly release: CompiledRelease;
  readonly rollback: boolean;
  readonly signal: AbortSignal;
}

async function run({ callable, source, database, release, rollback, signal }: LogicTrial): Promise<string> {
  const limits = { ...DEFAULT_LIMITS, ...release.limits.ceilings };
  try {
    if (!rollback) return await runSqlLogic({ callable, source, place: { database }, limits, signal });
    let data = '';
    const isolation = isolationNeeded(callable);
    const undone = database.transaction(
      async (transaction) => {
        data = await runSqlLogic({ callable, source, place: { transaction }, limits });
        throw new Undone();
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
