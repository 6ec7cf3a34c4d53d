import { StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { projectMembers } from '../store/tables/projects.ts';
import { lockMembers, requireMember } from './lock-members.ts';

export const removeProjectRoleRoute = route({
  name: 'projectMemberRemove',
  summary: "Take back a role that was given on a project: what the org's role implies holds again",
  least: 'orgAdmin',
  answer: z.object({ id: z.string(), email: z.string() }),
  audit: 'rbac.remove_role',
  async handle({ deps, params, actor, org, project, origin }) {
    return deps.store.db.transaction(async (tx) => {
      const { operatorId, email } = requireMember(await lockMembers(tx, org, actor), org, params.operatorId);
      const [removed] = await tx
        .delete(projectMembers)
        .where(and(eq(projectMembers.projectId, project.id), eq(projectMembers.operatorId, operatorId)))
        .returning({ role: projectMembers.role });
      if (removed === undefined)
        throw new StkError('NOT_FOUND', `No role was given to "${operatorId}" on the project "${project.name}"`);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'rbac.remove_role',
        project: project.name,
        detail: { operator: operatorId, before: removed.role },
        origin,
      });
      return { id: operatorId, email };
    });
  },
});
