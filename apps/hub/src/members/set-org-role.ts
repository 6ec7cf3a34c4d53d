import { ORG_ROLES, setOrgRoleRequestSchema } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { orgMembers } from '../store/tables/operators.ts';
import { guardOwners } from './guard-owners.ts';
import { lockMembers, requireMember } from './lock-members.ts';

export const setOrgRoleRoute = route({
  name: 'orgMemberSetRole',
  summary: "Set a member's role in an org; one owner stays",
  least: 'orgAdmin',
  body: setOrgRoleRequestSchema,
  answer: z.object({ id: z.string(), email: z.string(), role: z.enum(ORG_ROLES) }),
  audit: 'rbac.set_role',
  async handle({ deps, body, params, actor, org, origin }) {
    return deps.store.db.transaction(async (tx) => {
      const members = await lockMembers(tx, org, actor);
      const member = requireMember(members, org, params.operatorId);
      guardOwners(members, member, body.role);
      await tx
        .update(orgMembers)
        .set({ role: body.role })
        .where(and(eq(orgMembers.orgId, org.id), eq(orgMembers.operatorId, member.operatorId)));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'rbac.set_role',
        detail: { org: org.name, operator: member.operatorId, role: body.role, before: member.role },
        origin,
      });
      return { id: member.operatorId, email: member.email, role: body.role };
    });
  },
});
