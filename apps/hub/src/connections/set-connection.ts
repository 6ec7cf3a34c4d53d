import { connectionSchema, HUB_LIMITS, RESOURCE_NAME, StkError, setConnectionRequestSchema } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { describeConnectionUrl } from '@santokit/engine';
import { and, countDistinct, eq, ne } from 'drizzle-orm';
import type { Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { sealForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { connections, envs, projects } from '../store/tables/projects.ts';
import { connectionAnswer } from './connection-answer.ts';
import { forgetAppliedElsewhere } from './forget-applied.ts';
import { connectionUrlIdentity } from './open-connection.ts';

export const setConnectionRoute = route({
  name: 'connectionSet',
  summary: 'Register a database with an env, or change its URL; kept encrypted, not contacted',
  least: 'admin',
  body: setConnectionRequestSchema,
  answer: connectionSchema,
  audit: 'connection.set',
  async handle({ deps, body, params, actor, project, env, origin }) {
    const name = requireName(params.name);
    const place = describeConnectionUrl(body.url);
    const now = deps.clock();
    return deps.store.db.transaction(async (tx) => {
      await lockProject(tx, project);
      const [before] = await tx
        .select()
        .from(connections)
        .where(and(eq(connections.envId, env.id), eq(connections.name, name)));
      if (before === undefined) await refuseTooMany(tx, project, name);
      const id = before?.id ?? `con_${newUlid()}`;
      const identity = connectionUrlIdentity({ projectId: project.id, envId: env.id, connectionId: id });
      const sealedUrl = await sealForProject({ deps, db: tx, projectId: project.id, identity, plaintext: body.url });
      const values = {
        ...place,
        engine: body.engine,
        sealedUrl,
        version: (before?.version ?? 0) + 1,
        previousSealedUrl: null,
        previousVersion: null,
        updatedAt: now,
      };
      const [written] = await tx
        .insert(connections)
        .values({ id, envId: env.id, name, createdAt: now, ...values })
        .onConflictDoUpdate({ target: connections.id, set: values })
        .returning();
      if (written === undefined) throw new Error('An upsert returned no row');
      if (before !== undefined) await forgetAppliedElsewhere(tx, before, place);
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'connection.set',
        project: project.name,
        env: env.name,
        detail: { connection: name, version: written.version, engine: body.engine, ...place },
        origin,
      });
      return connectionAnswer(written);
    });
  },
});

function requireName(name: string): string {
  if (RESOURCE_NAME.test(name)) return name;
  throw new StkError('BAD_REQUEST', 'A connection is named with lower-case letters, digits and hyphens, at most 40');
}

/** Two that set connections of one project at once come one after the other. */
async function lockProject(tx: StoreDb, project: Project): Promise<void> {
  await tx.select({ id: projects.id }).from(projects).where(eq(projects.id, project.id)).for('update');
}

/** Connections of one name in several envs are one connection of the project. */
async function refuseTooMany(tx: StoreDb, project: Project, name: string): Promise<void> {
  const [others] = await tx
    .select({ names: countDistinct(connections.name) })
    .from(connections)
    .innerJoin(envs, eq(envs.id, connections.envId))
    .where(and(eq(envs.projectId, project.id), ne(connections.name, name)));
  if ((others?.names ?? 0) >= HUB_LIMITS.connectionsPerProject)
    throw new StkError('CONFLICT', `A project has at most ${HUB_LIMITS.connectionsPerProject} connections`);
}
