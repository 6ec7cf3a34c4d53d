import { StkError } from '@santokit/contract';
import { and, eq, gt } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { invitations } from '../store/tables/invitations.ts';

export const revokeInvitationRoute = route({
  name: 'invitationRevoke',
  summary: 'Take back an invitation that was not accepted',
  least: 'orgAdmin',
  answer: z.object({ id: z.string() }),
  audit: 'invitation.revoke',
  async handle({ deps, params, actor, org, origin }) {
    await deps.store.db.transaction(async (tx) => {
      const [revoked] = await tx
        .delete(invitations)
        .where(
          and(eq(invitations.id, params.id), eq(invitations.orgId, org.id), gt(invitations.expiresAt, deps.clock())),
        )
        .returning({ email: invitations.email });
      if (revoked === undefined)
        throw new StkError('NOT_FOUND', `The org "${org.name}" has no open invitation "${params.id}"`);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'invitation.revoke',
        detail: { org: org.name, invitation: params.id, email: revoked.email },
        origin,
      });
    });
    return { id: params.id };
  },
});
