import { apiKeySchema, StkError } from '@santokit/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { apiKeys } from '../store/tables/projects.ts';
import { apiKeyAnswer } from './api-key-answer.ts';

export const revokeApiKeyRoute = route({
  name: 'apiKeyRevoke',
  summary: 'Revoke an API key: every Bridge refuses it within one poll interval',
  least: 'admin',
  answer: apiKeySchema,
  audit: 'apikey.revoke',
  async handle({ deps, params, actor, project, env, origin }) {
    return deps.store.db.transaction(async (tx) => {
      const [revoked] = await tx
        .update(apiKeys)
        .set({ revokedAt: deps.clock() })
        .where(and(eq(apiKeys.envId, env.id), eq(apiKeys.keyId, params.keyId), isNull(apiKeys.revokedAt)))
        .returning();
      if (revoked === undefined)
        throw new StkError('NOT_FOUND', `The env "${env.name}" has no API key "${params.keyId}"`);
      await announceChange(tx, env.id);
      const detail = { keyId: revoked.keyId, name: revoked.name };
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'apikey.revoke',
        project: project.name,
        env: env.name,
        detail,
        origin,
      });
      return apiKeyAnswer(revoked);
    });
  },
});
