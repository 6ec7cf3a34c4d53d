import { and, eq, inArray, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { orgMembers } from '../store/tables/operators.ts';
import { personalTokens, projectMembers, projects } from '../store/tables/projects.ts';
import { guardOwners } from './guard-owners.ts';
import { lockMembers, requireMember } from './lock-members.ts';

export const removeOrgMemberRoute = route({
  name: 'orgMemberRemove',
  summary: 'Remove a member from an org, with their roles and tokens on its projects; one owner stays',
  least: 'orgAdmin',
  answer: z.object({ id: z.string(), email: z.string() }),
  audit: 'rbac.remove_member',
  async handle({ deps, params, actor, org, origin }) {
    return deps.store.db.transaction(async (tx) => {
      const members = await lockMembers(tx, org, actor);
      const member = requireMember(members, org, params.operatorId);
      const { operatorId } = member;
      guardOwners(members, member, undefined);
      const inOrg = tx.select({ id: projects.id }).from(projects).where(eq(projects.orgId, org.id));
      await tx
        .delete(projectMembers)
        .where(and(eq(projectMembers.operatorId, operatorId), inArray(projectMembers.projectId, inOrg)));
      // Else they would work again for somebody who is invited again.
      await tx
        .update(personalTokens)
        .set({ revokedAt: deps.clock() })
        .where(
          and(
            eq(personalTokens.operatorId, operatorId),
            inArray(personalTokens.projectId, inOrg),
            isNull(personalTokens.revokedAt),
          ),
        );
      await tx.delete(orgMembers).where(and(eq(orgMembers.orgId, org.id), eq(orgMembers.operatorId, operatorId)));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'rbac.remove_member',
        detail: { org: org.name, operator: operatorId, before: member.role },
        origin,
      });
      return { id: operatorId, email: member.email };
    });
  },
});
