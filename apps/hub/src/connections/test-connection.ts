import { connectionTestSchema } from '@santokit/contract';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { findConnection } from './find-connections.ts';
import { withConnection } from './open-connection.ts';

export const testConnectionRoute = route({
  name: 'connectionTest',
  summary: 'Connect to the database now, within 5 seconds',
  least: 'admin',
  answer: connectionTestSchema,
  audit: 'connection.test',
  async handle({ deps, params, actor, project, env, origin }) {
    const connection = await findConnection(deps.store.db, env, params.name);
    const startedMs = performance.now();
    const serverVersion = await withConnection({ deps, project, connection }, async (database) => {
      const { rows } = await database.query('show server_version', [], { timeoutMs: 5_000, prepare: false });
      return rows[0]?.[0] ?? 'unknown';
    });
    const latencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'connection.test',
        project: project.name,
        env: env.name,
        detail: { connection: connection.name, version: connection.version },
        origin,
      }),
    );
    return { ok: true as const, serverVersion, latencyMs };
  },
});
