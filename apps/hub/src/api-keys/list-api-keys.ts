import { apiKeyListSchema } from '@santokit/contract';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { apiKeys } from '../store/tables/projects.ts';
import { apiKeyAnswer } from './api-key-answer.ts';

export const listApiKeysRoute = route({
  name: 'apiKeyList',
  summary: "An env's API keys that are not revoked, newest first",
  least: 'admin',
  answer: apiKeyListSchema,
  async handle({ deps, env }) {
    const found = await deps.store.db
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.envId, env.id), isNull(apiKeys.revokedAt)))
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.keyId));
    return { items: found.map(apiKeyAnswer) };
  },
});
