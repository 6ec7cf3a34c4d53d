import { type ProjectRole, StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';
import { envs, projectMembers, projects } from '../store/tables/projects.ts';
import type { Actor } from './actor.ts';
import { lower, reaches } from './least-role.ts';

export type Project = Pick<typeof projects.$inferSelect, 'id' | 'name' | 'orgId'>;
export type Env = typeof envs.$inferSelect;
export type Org = Pick<typeof orgs.$inferSelect, 'id' | 'name'>;

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
  if (found === undefined || role === undefined) throw new StkError('NOT_FOUND', `There is no project "${name}"`);
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
  member: { orgRole: 'owner' | 'admin' | 'member' | null; projectRole: ProjectRole | null },
): ProjectRole | undefined {
  const implied = member.orgRole === 'owner' || member.orgRole === 'admin' ? 'admin' : undefined;
  const role = member.projectRole ?? implied;
  if (role === undefined || actor.credential.kind === 'session') return role;
  return actor.credential.projectId === projectId ? lower(role, actor.credential.role) : undefined;
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

/**
 * The org called `name`, or the actor's only one when no name is given, for an admin or owner of it.
 * @throws StkError `BAD_REQUEST` when several could be meant, `NOT_FOUND`, `FORBIDDEN`
 */
export async function locateOrg(db: StoreDb, actor: Actor, name: string | undefined): Promise<Org> {
  if (actor.credential.kind === 'token')
    throw new StkError('FORBIDDEN', 'A personal access token is bound to one project: sign in to do this');
  const memberships = await db
    .select({ id: orgs.id, name: orgs.name, role: orgMembers.role })
    .from(orgMembers)
    .innerJoin(orgs, eq(orgs.id, orgMembers.orgId))
    .where(eq(orgMembers.operatorId, actor.operatorId));
  if (name === undefined && memberships.length > 1)
    throw new StkError('BAD_REQUEST', 'You belong to several orgs: say which one with "org"', {
      orgs: memberships.map((membership) => membership.name),
    });
  const found = memberships.find((membership) => name === undefined || membership.name === name);
  if (found === undefined)
    throw new StkError('NOT_FOUND', name === undefined ? 'You belong to no org' : `There is no org "${name}"`);
  if (found.role === 'member') throw new StkError('FORBIDDEN', `This needs an admin of the org "${found.name}"`);
  return { id: found.id, name: found.name };
}
