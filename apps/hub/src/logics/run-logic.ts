import { DEFAULT_LIMITS, type Json, logicRunRequestSchema, logicRunSchema } from '@santokit/contract';
import { openLogic } from '@santokit/runtime';
import { appendAudit } from '../audit/append-audit.ts';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import { principalOf } from '../permissions/principal-of.ts';
import { releaseContent, requireCurrentReleaseId, storedRelease } from '../releases/stored-release.ts';
import { logicNamed } from './logic-named.ts';
import { releaseToTry } from './release-to-try.ts';
import { TrialLog } from './trial-log.ts';
import { tryLogic } from './try-logic.ts';

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
    const stored = await storedRelease(deps.store.db, project, requireCurrentReleaseId(env));
    const release = releaseContent(stored);
    const callable = logicNamed(release, body.name);
    const principal = principalOf(as);
    // A request's body is JSON, and so is what is within it.
    const call = { principal, params: body.params as Json, env: env.name, nowMs: deps.clock().getTime() };
    openLogic(callable, call);
    const connection = await findConnection(deps.store.db, env, callable.logic.connection);
    const { id: releaseId, contentHash } = stored;
    const log = new TrialLog();
    const served = await releaseToTry({ deps, project, env, verified: { releaseId, contentHash, release }, log });
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
    const path = `logics/${callable.name}`;
    const data = await withConnection({ deps, project, connection }, (database) =>
      tryLogic({ ...call, deps, served, path, connection: connection.name, database, rollback, signal }),
    ).catch((thrown: unknown) => {
      throw log.toldWith(toAnswerError(thrown));
    });
    return { data, rolledBack: rollback, ms: Math.round(performance.now() - startedMs), logs: log.lines };
  },
});
