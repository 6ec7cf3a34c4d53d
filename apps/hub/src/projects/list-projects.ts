import { projectListSchema } from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import { roleOn } from '../access/locate.ts';
import { route } from '../http/route.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';
import { projectMembers, projects } from '../store/tables/projects.ts';

export const listProjectsRoute = route({
  name: 'projectList',
  summary: 'The projects that you may see',
  least: 'signedIn',
  answer: projectListSchema,
  async handle({ deps, actor }) {
    const rows = await deps.store.db
      .select({
        id: projects.id,
        name: projects.name,
        org: orgs.name,
        createdAt: projects.createdAt,
        orgRole: orgMembers.role,
        projectRole: projectMembers.role,
      })
      .from(projects)
      .innerJoin(orgs, eq(orgs.id, projects.orgId))
      .leftJoin(orgMembers, and(eq(orgMembers.orgId, projects.orgId), eq(orgMembers.operatorId, actor.operatorId)))
      .leftJoin(
        projectMembers,
        and(eq(projectMembers.projectId, projects.id), eq(projectMembers.operatorId, actor.operatorId)),
      )
      .orderBy(desc(projects.createdAt), desc(projects.id));
    const visible = rows.filter((row) => roleOn(row.id, actor, row) !== undefined);
    return { items: visible.map(({ name, org, createdAt }) => ({ name, org, createdAt: createdAt.toISOString() })) };
  },
});
