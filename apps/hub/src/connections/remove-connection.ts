import { type CompiledRelease, removedConnectionSchema, StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { connections } from '../store/tables/projects.ts';
import { findConnection } from './find-connections.ts';

export const removeConnectionRoute = route({
  name: 'connectionRemove',
  summary: 'Forget a database that the current release has nothing on; nothing is done to it',
  least: 'admin',
  answer: removedConnectionSchema,
  audit: 'connection.remove',
  async handle({ deps, params, actor, project, env, origin }) {
    const connection = await findConnection(deps.store.db, env, params.name);
    if (env.currentReleaseId !== null) refuseUsed(await currentRelease({ deps, env }), connection.name);
    await deps.store.db.transaction(async (tx) => {
      await tx.delete(connections).where(eq(connections.id, connection.id));
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'connection.remove',
        project: project.name,
        env: env.name,
        detail: { connection: connection.name, version: connection.version },
        origin,
      });
    });
    return { name: connection.name };
  },
});

/** @throws StkError `CONFLICT` */
function refuseUsed({ schema, logics = {} }: CompiledRelease, connection: string): void {
  const tables = Object.values(schema).filter((table) => table.connection === connection);
  const logic = Object.entries(logics).filter(([, each]) => each.connection === connection);
  if (tables.length === 0 && logic.length === 0) return;
  const used = tables.length > 0 ? 'tables' : 'logic';
  throw new StkError(
    'CONFLICT',
    `The current release serves ${used} on the connection "${connection}": apply files without them first`,
    { tables: tables.map(({ name }) => name), ...(logic.length === 0 ? {} : { logics: logic.map(([name]) => name) }) },
  );
}
