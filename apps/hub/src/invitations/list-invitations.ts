import { invitationListSchema } from '@santokit/contract';
import { and, desc, eq, gt } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { invitations } from '../store/tables/invitations.ts';
import { operators } from '../store/tables/operators.ts';
import { projects } from '../store/tables/projects.ts';
import { invitationAnswer } from './invitation-answer.ts';

export const listInvitationsRoute = route({
  name: 'invitationList',
  summary: "An org's invitations that can still be accepted",
  least: 'orgAdmin',
  answer: invitationListSchema,
  async handle({ deps, org }) {
    const rows = await deps.store.db
      .select({ invitation: invitations, project: projects.name, createdBy: operators.email })
      .from(invitations)
      .innerJoin(operators, eq(operators.id, invitations.createdBy))
      .leftJoin(projects, eq(projects.id, invitations.projectId))
      .where(and(eq(invitations.orgId, org.id), gt(invitations.expiresAt, deps.clock())))
      .orderBy(desc(invitations.createdAt), desc(invitations.id));
    return { items: rows.map(({ invitation, ...names }) => invitationAnswer(invitation, { org: org.name, ...names })) };
  },
});
