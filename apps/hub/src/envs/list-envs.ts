import { envListSchema } from '@santokit/contract';
import { desc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { envs } from '../store/tables/projects.ts';

export const listEnvsRoute = route({
  name: 'envList',
  summary: "A project's envs",
  least: 'viewer',
  answer: envListSchema,
  async handle({ deps, project }) {
    const rows = await deps.store.db
      .select()
      .from(envs)
      .where(eq(envs.projectId, project.id))
      .orderBy(desc(envs.createdAt), desc(envs.id));
    const items = rows.map((env) => ({
      name: env.name,
      project: project.name,
      protected: env.protected,
      createdAt: env.createdAt.toISOString(),
    }));
    return { items };
  },
});
