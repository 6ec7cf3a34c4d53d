import { and, eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { orgMembers } from '../store/tables/operators.ts';
import type { Actor } from './actor.ts';
import type { Project } from './locate.ts';

/** Whether somebody is admin or owner of a project's org, and does not come by a token that is bound to a project. */
export async function isOrgAdmin(db: StoreDb, actor: Actor, { orgId }: Pick<Project, 'orgId'>): Promise<boolean> {
  if (actor.credential.kind === 'token') return false;
  const [member] = await db
    .select({ role: orgMembers.role })
    .from(orgMembers)
    .where(and(eq(orgMembers.orgId, orgId), eq(orgMembers.operatorId, actor.operatorId)));
  return member !== undefined && member.role !== 'member';
}
