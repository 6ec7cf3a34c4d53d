import { tokenListSchema } from '@santokit/contract';
import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { personalTokens, projects } from '../store/tables/projects.ts';
import { tokenAnswer } from './token-answer.ts';

export const listTokensRoute = route({
  name: 'tokenList',
  summary: 'Your personal access tokens that are still valid',
  least: 'person',
  answer: tokenListSchema,
  async handle({ deps, actor }) {
    const rows = await deps.store.db
      .select({ token: personalTokens, project: projects.name })
      .from(personalTokens)
      .innerJoin(projects, eq(projects.id, personalTokens.projectId))
      .where(
        and(
          eq(personalTokens.operatorId, actor.operatorId),
          isNull(personalTokens.revokedAt),
          gt(personalTokens.expiresAt, deps.clock()),
        ),
      )
      .orderBy(desc(personalTokens.createdAt), desc(personalTokens.id));
    return { items: rows.map(({ token, project }) => tokenAnswer(token, project)) };
  },
});
