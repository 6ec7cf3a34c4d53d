import { type OrgRole, StkError } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';
import type { Actor } from './actor.ts';
import { notKnown } from './not-known.ts';

/** An org and what the actor is there. */
export interface Org {
  readonly id: string;
  readonly name: string;
  readonly role: OrgRole;
}

/**
 * The org called `name`, or the actor's only one when no name is given, for an admin or owner of it.
 * @throws StkError `BAD_REQUEST` when several could be meant, `NOT_FOUND`, `FORBIDDEN`
 */
export async function locateOrg(db: StoreDb, actor: Actor, name: string | undefined): Promise<Org> {
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
  if (found === undefined) throw notKnown(name === undefined ? 'You belong to no org' : `There is no org "${name}"`);
  return requireAdmin(found);
}

/**
 * The org that a project belongs to, for an admin or owner of it.
 * @throws StkError `FORBIDDEN`
 */
export async function locateOrgOf(db: StoreDb, actor: Actor, project: { readonly orgId: string }): Promise<Org> {
  const [found] = await db
    .select({ id: orgs.id, name: orgs.name, role: orgMembers.role })
    .from(orgMembers)
    .innerJoin(orgs, eq(orgs.id, orgMembers.orgId))
    .where(and(eq(orgs.id, project.orgId), eq(orgMembers.operatorId, actor.operatorId)));
  if (found === undefined) throw new StkError('FORBIDDEN', "This needs an admin of the project's org");
  return requireAdmin(found);
}

/**
 * The Hub belongs to no org: what concerns all of it, and shows nothing of any, is for whoever owns one of its orgs.
 * @throws StkError `FORBIDDEN`
 */
export async function requireAnyOwner(db: StoreDb, actor: Actor): Promise<void> {
  const [owned] = await db
    .select({ orgId: orgMembers.orgId })
    .from(orgMembers)
    .where(and(eq(orgMembers.operatorId, actor.operatorId), eq(orgMembers.role, 'owner')))
    .limit(1);
  if (owned === undefined) throw new StkError('FORBIDDEN', 'This needs the role owner of an org');
}

function requireAdmin(org: Org): Org {
  if (org.role === 'member') throw new StkError('FORBIDDEN', `This needs an admin of the org "${org.name}"`);
  return org;
}
