import { type OrgRole, StkError } from '@santokit/contract';
import type { LockedMembers, Member } from './lock-members.ts';

/**
 * Only an owner makes or unmakes owners, else an admin could become one; and the last owner stays.
 * @param newRole what the member becomes, undefined when they leave
 * @throws StkError `FORBIDDEN`, `CONFLICT`
 */
export function guardOwners(members: LockedMembers, member: Member, newRole: OrgRole | undefined): void {
  if (member.role === 'owner' || newRole === 'owner') requireOwner(members);
  if (member.role !== 'owner' || newRole === 'owner') return;
  if (members.all.some((other) => other.role === 'owner' && other.operatorId !== member.operatorId)) return;
  throw new StkError('CONFLICT', 'An org has at least one owner: make somebody else an owner first');
}

/** @throws StkError `FORBIDDEN` when the actor is no owner */
export function requireOwner(members: LockedMembers): void {
  if (members.actorRole === 'owner') return;
  throw new StkError('FORBIDDEN', 'Only an owner of the org decides who is an owner');
}
