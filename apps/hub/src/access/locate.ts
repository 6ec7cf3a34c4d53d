import { type OrgRole, type ProjectRole, StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { orgMembers } from '../store/tables/operators.ts';
import { envs, projectMembers, projects } from '../store/tables/projects.ts';
import type { Actor } from './actor.ts';
import { lower, reaches } from './least-role.ts';
import { notKnown } from './not-known.ts';

export type Project = Pick<typeof projects.$inferSelect, 'id' | 'name' | 'orgId'>;
export type Env = typeof envs.$inferSelect;

/** A project and what the actor is there. */
export interface LocatedProject {
  readonly project: Project;
  readonly role: ProjectRole;
}

/**
 * The project called `name`, for an actor who is at least `least` there.
 * @throws StkError `NOT_FOUND` when there is none or the actor may not know of it, `FORBIDDEN` when their role is too low
 */
export async function locateProject(
  db: StoreDb,
  actor: Actor,
  name: string,
  least: ProjectRole,
): Promise<LocatedProject> {
  const [found] = await db
    .select({
      id: projects.id,
      name: projects.name,
      orgId: projects.orgId,
      orgRole: orgMembers.role,
      projectRole: projectMembers.role,
    })
    .from(projects)
    .leftJoin(orgMembers, and(eq(orgMembers.orgId, projects.orgId), eq(orgMembers.operatorId, actor.operatorId)))
    .leftJoin(
      projectMembers,
      and(eq(projectMembers.projectId, projects.id), eq(projectMembers.operatorId, actor.operatorId)),
    )
    .where(eq(projects.name, name));
  const role = found === undefined ? undefined : roleOn(found.id, actor, found);
  if (found === undefined || role === undefined) throw notKnown(`There is no project "${name}"`);
  if (!reaches(role, least))
    throw new StkError('FORBIDDEN', `This needs the role ${least} on the project "${name}"; yours is ${role}`);
  return { project: { id: found.id, name: found.name, orgId: found.orgId }, role };
}

/**
 * What the actor is on a project: the explicit project role if there is one, else admin for admins and owners of its org;
 * by personal token never more than the token's own role, and nothing on other projects.
 */
export function roleOn(
  projectId: string,
  actor: Actor,
  member: { orgRole: OrgRole | null; projectRole: ProjectRole | null },
): ProjectRole | undefined {
  const role = member.projectRole ?? impliedRole(member.orgRole);
  if (role === undefined || actor.credential.kind === 'session') return role;
  return actor.credential.projectId === projectId ? lower(role, actor.credential.role) : undefined;
}

/** What a role in the org makes of somebody on its projects. */
export function impliedRole(orgRole: OrgRole | null): ProjectRole | undefined {
  return orgRole === 'owner' || orgRole === 'admin' ? 'admin' : undefined;
}

/** The project's env called `name`. @throws StkError `NOT_FOUND` */
export async function locateEnv(db: StoreDb, project: Project, name: string): Promise<Env> {
  const [found] = await db
    .select()
    .from(envs)
    .where(and(eq(envs.projectId, project.id), eq(envs.name, name)));
  if (found === undefined) throw new StkError('NOT_FOUND', `The project "${project.name}" has no env "${name}"`);
  return found;
}
