import { type OrgRole, StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import type { Org } from '../access/locate-org.ts';
import type { StoreDb } from '../store/store.ts';
import { operators, orgMembers, orgs } from '../store/tables/operators.ts';

export interface Member {
  readonly operatorId: string;
  readonly email: string;
  readonly role: OrgRole;
}

/** The members of an org as they are until the transaction ends. */
export interface LockedMembers {
  readonly all: readonly Member[];
  /** What the actor is now; it was looked up before, when somebody else could still change it. */
  readonly actorRole: OrgRole;
}

/**
 * Locks the members of an org, so that of two changes at once the second sees what the first has made.
 * @throws StkError `FORBIDDEN` when the actor is no admin of it any more
 */
export async function lockMembers(tx: StoreDb, org: Org, actor: Actor): Promise<LockedMembers> {
  await tx.select({ id: orgs.id }).from(orgs).where(eq(orgs.id, org.id)).for('update');
  const all = await tx
    .select({ operatorId: operators.id, email: operators.email, role: orgMembers.role })
    .from(orgMembers)
    .innerJoin(operators, eq(operators.id, orgMembers.operatorId))
    .where(eq(orgMembers.orgId, org.id));
  const actorRole = all.find((member) => member.operatorId === actor.operatorId)?.role;
  if (actorRole === undefined || actorRole === 'member')
    throw new StkError('FORBIDDEN', `This needs an admin of the org "${org.name}"`);
  return { all, actorRole };
}

/** The member with this id. @throws StkError `NOT_FOUND` */
export function requireMember(members: LockedMembers, org: Org, operatorId: string): Member {
  const member = members.all.find((one) => one.operatorId === operatorId);
  if (member === undefined) throw new StkError('NOT_FOUND', `The org "${org.name}" has no member "${operatorId}"`);
  return member;
}
