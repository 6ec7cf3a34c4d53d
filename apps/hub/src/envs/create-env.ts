import { createEnvRequestSchema, envSchema, HUB_LIMITS, StkError } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { eq, sql } from 'drizzle-orm';
import type { Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { createSigningKey } from '../signing-keys/create-signing-key.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import type { StoreDb } from '../store/store.ts';
import { envs, projects } from '../store/tables/projects.ts';

export const createEnvRoute = route({
  name: 'envCreate',
  summary: "Create an env, with a key that signs its end users' tokens",
  least: 'admin',
  body: createEnvRequestSchema,
  answer: envSchema,
  status: 201,
  audit: 'env.create',
  async handle({ deps, body, actor, project, origin }) {
    const createdAt = deps.clock();
    const env = {
      id: `env_${newUlid()}`,
      projectId: project.id,
      name: body.name,
      createdAt,
      pointerMovedAt: createdAt,
    };
    const write = deps.store.db.transaction(async (tx) => {
      await refuseTooMany(tx, project);
      await tx.insert(envs).values(env);
      const { kid } = await createSigningKey(deps, tx, { projectId: project.id, envId: env.id, status: 'current' });
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'env.create',
        project: project.name,
        env: env.name,
        detail: { kid },
        origin,
      });
    });
    await onTakenName(write, `The project "${project.name}" has an env "${body.name}" already`);
    return { name: env.name, project: project.name, protected: false, createdAt: createdAt.toISOString() };
  },
});

async function refuseTooMany(tx: StoreDb, project: Project): Promise<void> {
  // The lock on the project's row makes two creations at the limit come one after the other.
  await tx.select({ id: projects.id }).from(projects).where(eq(projects.id, project.id)).for('update');
  const [counted] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(envs)
    .where(eq(envs.projectId, project.id));
  if ((counted?.count ?? 0) >= HUB_LIMITS.envsPerProject)
    throw new StkError('CONFLICT', `A project has at most ${HUB_LIMITS.envsPerProject} envs`);
}
