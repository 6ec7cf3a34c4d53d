import { envSchema, protectEnvRequestSchema } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { envs } from '../store/tables/projects.ts';

export const protectEnvRoute = route({
  name: 'envProtect',
  summary: 'Protect an env, so that forcing a change needs a project admin, or end its protection',
  least: 'admin',
  body: protectEnvRequestSchema,
  answer: envSchema,
  audit: 'env.protect',
  async handle({ deps, body, actor, project, env, origin }) {
    await deps.store.db.transaction(async (tx) => {
      await tx.update(envs).set({ protected: body.protected }).where(eq(envs.id, env.id));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'env.protect',
        project: project.name,
        env: env.name,
        detail: { protected: body.protected, before: env.protected },
        origin,
      });
    });
    return {
      name: env.name,
      project: project.name,
      protected: body.protected,
      createdAt: env.createdAt.toISOString(),
    };
  },
});
