import { acceptedInvitationSchema, acceptInvitationRequestSchema, StkError } from '@santokit/contract';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { findInvitation, takeInvitation } from './take-invitation.ts';

export const acceptInvitationRoute = route({
  name: 'invitationAccept',
  summary: 'Accept an invitation to an org that was made out to your address',
  least: 'person',
  body: acceptInvitationRequestSchema,
  answer: acceptedInvitationSchema,
  audit: 'invitation.accept',
  async handle({ deps, body, actor, origin }) {
    const now = deps.clock();
    const invitation = await findInvitation(deps.store.db, body.token, now);
    // The address itself is not told: the token may have come to somebody it was not meant for.
    if (invitation.email !== actor.email)
      throw new StkError('FORBIDDEN', `This invitation is not for ${actor.email}: sign in as who was invited`);
    await deps.store.db.transaction(async (tx) => {
      await takeInvitation(tx, invitation, { operatorId: actor.operatorId, now });
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'invitation.accept',
        project: invitation.project,
        detail: { org: invitation.org, invitation: invitation.id, role: invitation.role, newAccount: false },
        origin,
      });
    });
    const { org, role, project, projectRole } = invitation;
    return { org, role, project, projectRole };
  },
});
