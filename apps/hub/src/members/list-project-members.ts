import { projectMemberListSchema } from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import { impliedRole } from '../access/locate.ts';
import { route } from '../http/route.ts';
import { operators, orgMembers } from '../store/tables/operators.ts';
import { projectMembers } from '../store/tables/projects.ts';

export const listProjectMembersRoute = route({
  name: 'projectMemberList',
  summary: "The members of a project's org and what each is on the project",
  least: 'orgAdmin',
  answer: projectMemberListSchema,
  async handle({ deps, org, project }) {
    const rows = await deps.store.db
      .select({
        id: operators.id,
        email: operators.email,
        name: operators.name,
        orgRole: orgMembers.role,
        projectRole: projectMembers.role,
        createdAt: orgMembers.createdAt,
      })
      .from(orgMembers)
      .innerJoin(operators, eq(operators.id, orgMembers.operatorId))
      .leftJoin(
        projectMembers,
        and(eq(projectMembers.operatorId, orgMembers.operatorId), eq(projectMembers.projectId, project.id)),
      )
      .where(eq(orgMembers.orgId, org.id))
      .orderBy(desc(orgMembers.createdAt), desc(operators.id));
    const items = rows.map(({ projectRole, ...row }) => ({
      ...row,
      role: projectRole ?? impliedRole(row.orgRole) ?? null,
      explicit: projectRole !== null,
      createdAt: row.createdAt.toISOString(),
    }));
    return { items };
  },
});
