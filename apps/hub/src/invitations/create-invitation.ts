import { createdInvitationSchema, createInvitationRequestSchema, StkError } from '@santokit/contract';
import { hashToken, newToken, newUlid } from '@santokit/crypto';
import { and, eq, lt, or } from 'drizzle-orm';
import type { Org } from '../access/locate-org.ts';
import { INVITATION_TOKEN_PREFIX } from '../access/token-prefix.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { requireOwner } from '../members/guard-owners.ts';
import { lockMembers } from '../members/lock-members.ts';
import type { StoreDb } from '../store/store.ts';
import { invitations } from '../store/tables/invitations.ts';
import { projects } from '../store/tables/projects.ts';
import { invitationAnswer } from './invitation-answer.ts';

const INVITATION_LIFE_MS = 24 * 60 * 60 * 1_000;

export const createInvitationRoute = route({
  name: 'invitationCreate',
  summary: 'Invite somebody to an org, for 24 hours; the token is shown once. An earlier invitation of theirs ends',
  least: 'orgAdmin',
  body: createInvitationRequestSchema,
  answer: createdInvitationSchema,
  status: 201,
  audit: 'invitation.create',
  async handle({ deps, body, actor, org, origin }) {
    const token = newToken(INVITATION_TOKEN_PREFIX);
    const email = body.email.toLowerCase();
    const createdAt = deps.clock();
    const { role } = body;
    return deps.store.db.transaction(async (tx) => {
      const members = await lockMembers(tx, org, actor);
      if (role === 'owner') requireOwner(members);
      if (members.all.some((member) => member.email === email))
        throw new StkError('CONFLICT', `${email} is a member of the org "${org.name}" already: set their role instead`);
      const projectId = body.project === undefined ? null : await projectOf(tx, org, body.project);
      const earlier = and(eq(invitations.orgId, org.id), eq(invitations.email, email));
      await tx.delete(invitations).where(or(earlier, lt(invitations.expiresAt, createdAt)));
      const invitation = {
        id: `inv_${newUlid()}`,
        orgId: org.id,
        email,
        role,
        projectId,
        projectRole: body.projectRole ?? null,
        tokenHash: hashToken(token),
        createdBy: actor.operatorId,
        createdAt,
        expiresAt: new Date(createdAt.getTime() + INVITATION_LIFE_MS),
      };
      await tx.insert(invitations).values(invitation);
      const projectRole = invitation.projectRole;
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'invitation.create',
        project: body.project ?? null,
        detail: { org: org.name, invitation: invitation.id, email, role, projectRole },
        origin,
      });
      const names = { org: org.name, project: body.project ?? null, createdBy: actor.email };
      return { ...invitationAnswer(invitation, names), token };
    });
  },
});

async function projectOf(tx: StoreDb, org: Org, name: string): Promise<string> {
  const [project] = await tx
    .select({ id: projects.id })
    .from(projects)
    .where(and(eq(projects.name, name), eq(projects.orgId, org.id)));
  if (project === undefined) throw new StkError('NOT_FOUND', `The org "${org.name}" has no project "${name}"`);
  return project.id;
}
