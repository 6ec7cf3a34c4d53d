import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { operatorSessions } from '../store/tables/operators.ts';

export const logoutRoute = route({
  name: 'logout',
  summary: 'End this operator session',
  least: 'person',
  answer: z.object({}),
  audit: 'operator.logout',
  async handle({ deps, actor, origin }) {
    const { credential, operatorId } = actor;
    await deps.store.db.transaction(async (tx) => {
      if (credential.kind === 'session')
        await tx.delete(operatorSessions).where(eq(operatorSessions.tokenHash, credential.tokenHash));
      await appendAudit(deps, tx, {
        actorId: operatorId,
        actorType: 'operator',
        action: 'operator.logout',
        detail: {},
        origin,
      });
    });
    return {};
  },
});
