import { acceptedInvitationSchema, operatorSessionSchema, StkError, signUpRequestSchema } from '@santokit/contract';
import { hashPassword, newUlid } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { openSession } from '../operators/sessions.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import { operators } from '../store/tables/operators.ts';
import { findInvitation, takeInvitation } from './take-invitation.ts';

const HAS_ACCOUNT = 'There is an account with the address of this invitation: sign in to it, then accept';

export const signUpRoute = route({
  name: 'invitationSignUp',
  summary: 'Make an operator of an invitation, and sign in; only for an address without an account',
  least: 'public',
  body: signUpRequestSchema,
  answer: acceptedInvitationSchema.extend(operatorSessionSchema.shape),
  status: 201,
  audit: 'invitation.accept',
  async handle({ deps, body, origin }) {
    const now = deps.clock();
    const invitation = await findInvitation(deps.store.db, body.token, now);
    const [account] = await deps.store.db.select().from(operators).where(eq(operators.email, invitation.email));
    if (account !== undefined) throw new StkError('CONFLICT', HAS_ACCOUNT);
    const operator = { id: `op_${newUlid()}`, email: invitation.email, name: body.name ?? null };
    const passwordHash = await hashPassword(body.password);
    const write = deps.store.db.transaction(async (tx) => {
      await tx.insert(operators).values({ ...operator, passwordHash, createdAt: now });
      await takeInvitation(tx, invitation, { operatorId: operator.id, now });
      const session = await openSession(deps, tx, operator);
      await appendAudit(deps, tx, {
        actorId: operator.id,
        actorType: 'operator',
        action: 'invitation.accept',
        project: invitation.project,
        detail: { org: invitation.org, invitation: invitation.id, role: invitation.role, newAccount: true },
        origin,
      });
      return session;
    });
    const session = await onTakenName(write, HAS_ACCOUNT);
    const { org, role, project, projectRole } = invitation;
    return { org, role, project, projectRole, ...session };
  },
});
