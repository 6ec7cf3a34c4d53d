import {
  type CompiledCron,
  type CompiledRelease,
  cronRunListSchema,
  cronRunQuerySchema,
  cronTriggerSchema,
} from '@santokit/contract';
import { type CronRun, engineNamed } from '@santokit/engine';
import { appendAudit } from '../audit/append-audit.ts';
import { type Connection, findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { cronNamed } from './cron-answer.ts';

export const listCronRunsRoute = route({
  name: 'cronRuns',
  summary: 'What became of the crons of an env, or of one, the newest first',
  least: 'viewer',
  query: cronRunQuerySchema,
  answer: cronRunListSchema,
  async handle({ deps, project, env, query }) {
    const { name: cron, limit: most } = query;
    const release = await currentRelease({ deps, env });
    const crons = cron === undefined ? Object.values(release.crons ?? {}) : [cronNamed(release, cron)];
    const names = new Set(crons.map((one) => connectionOf(release, one)));
    const scope = `${project.name}/${env.name}`;
    const filter = { most, ...(cron === undefined ? {} : { cron }) };
    const runs = await Promise.all(
      [...names].map(async (name) => {
        const connection = await findConnection(deps.store.db, env, name);
        const { cronRuns } = engineNamed(connection.engine);
        return await withConnection({ deps, project, connection }, async (database) =>
          (await cronRuns.exists(database)) ? await cronRuns.list(database, scope, filter) : [],
        );
      }),
    );
    return { items: runs.flat().toSorted(newestFirst).slice(0, most) };
  },
});

export const triggerCronRoute = route({
  name: 'cronTrigger',
  summary: 'Have a Bridge run a cron now, once, whether it is enabled or not',
  least: 'deployer',
  answer: cronTriggerSchema,
  audit: 'cron.run',
  async handle({ deps, actor, project, env, params, origin }) {
    const name = params.name;
    const release = await currentRelease({ deps, env });
    const cron = cronNamed(release, name);
    const connection: Connection = await findConnection(deps.store.db, env, connectionOf(release, cron));
    // Before it is asked for: what it does is in another database, and must not be there untold.
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'cron.run',
        project: project.name,
        env: env.name,
        detail: { cron: name, handler: `logics/${cron.handler}` },
        origin,
      }),
    );
    const { cronRuns } = engineNamed(connection.engine);
    const id = await withConnection({ deps, project, connection }, async (database) => {
      await cronRuns.create(database);
      return await cronRuns.request(database, `${project.name}/${env.name}`, name);
    });
    return { id, cron: name, status: 'requested' as const };
  },
});

/** The connection that a cron's handler works on, in whose database its runs are kept. */
function connectionOf({ logics = {} }: CompiledRelease, { handler }: CompiledCron): string {
  const logic = logics[handler];
  if (logic === undefined) throw new Error(`The handler ${handler} is not in the release`);
  return logic.connection;
}

function newestFirst(a: CronRun, b: CronRun): number {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? 1 : -1;
  return Number(b.id) - Number(a.id);
}
