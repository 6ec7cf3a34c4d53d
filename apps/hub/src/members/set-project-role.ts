import { PROJECT_ROLES, setProjectRoleRequestSchema } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { projectMembers } from '../store/tables/projects.ts';
import { lockMembers, requireMember } from './lock-members.ts';

export const setProjectRoleRoute = route({
  name: 'projectMemberSetRole',
  summary: "Give a member of the org a role on a project, which wins over what the org's role implies",
  least: 'orgAdmin',
  body: setProjectRoleRequestSchema,
  answer: z.object({ id: z.string(), email: z.string(), role: z.enum(PROJECT_ROLES) }),
  audit: 'rbac.set_role',
  async handle({ deps, body, params, actor, org, project, origin }) {
    return deps.store.db.transaction(async (tx) => {
      const { operatorId, email } = requireMember(await lockMembers(tx, org, actor), org, params.operatorId);
      const [before] = await tx
        .select({ role: projectMembers.role })
        .from(projectMembers)
        .where(and(eq(projectMembers.projectId, project.id), eq(projectMembers.operatorId, operatorId)));
      await tx
        .insert(projectMembers)
        .values({ projectId: project.id, operatorId, role: body.role, createdAt: deps.clock() })
        .onConflictDoUpdate({
          target: [projectMembers.projectId, projectMembers.operatorId],
          set: { role: body.role },
        });
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'rbac.set_role',
        project: project.name,
        detail: { operator: operatorId, role: body.role, before: before?.role ?? null },
        origin,
      });
      return { id: operatorId, email, role: body.role };
    });
  },
});
