import { StkError } from '@santokit/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { personalTokens } from '../store/tables/projects.ts';

export const revokeTokenRoute = route({
  name: 'tokenRevoke',
  summary: 'Revoke one of your personal access tokens',
  least: 'person',
  answer: z.object({ id: z.string() }),
  audit: 'token.revoke',
  async handle({ deps, params, actor, origin }) {
    const mine = and(
      eq(personalTokens.id, params.id),
      eq(personalTokens.operatorId, actor.operatorId),
      isNull(personalTokens.revokedAt),
    );
    await deps.store.db.transaction(async (tx) => {
      const [revoked] = await tx
        .update(personalTokens)
        .set({ revokedAt: deps.clock() })
        .where(mine)
        .returning({ id: personalTokens.id });
      if (revoked === undefined) throw new StkError('NOT_FOUND', `You have no token "${params.id}"`);
      const detail = { token: params.id };
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'token.revoke',
        detail,
        origin,
      });
    });
    return { id: params.id };
  },
});
