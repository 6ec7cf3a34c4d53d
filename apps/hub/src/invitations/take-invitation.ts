import { StkError } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { and, eq, gt } from 'drizzle-orm';
import { notKnown } from '../access/not-known.ts';
import type { StoreDb } from '../store/store.ts';
import { invitations } from '../store/tables/invitations.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';
import { projectMembers, projects } from '../store/tables/projects.ts';

export type Invitation = Awaited<ReturnType<typeof findInvitation>>;

/** The invitation with this token. @throws StkError `NOT_FOUND` unless it can be accepted */
export async function findInvitation(db: StoreDb, token: string, now: Date) {
  const [found] = await db
    .select({ row: invitations, org: orgs.name, project: projects.name })
    .from(invitations)
    .innerJoin(orgs, eq(orgs.id, invitations.orgId))
    .leftJoin(projects, eq(projects.id, invitations.projectId))
    .where(and(eq(invitations.tokenHash, hashToken(token)), gt(invitations.expiresAt, now)));
  if (found === undefined) throw notValid();
  return { ...found.row, org: found.org, project: found.project };
}

/**
 * Uses an invitation up and makes the operator a member of its org, with the role on its project. Of two who accept at
 * once, one does.
 * @throws StkError `NOT_FOUND` when it was used meanwhile, or who has invited could not do so any more; `CONFLICT` for a member
 */
export async function takeInvitation(
  tx: StoreDb,
  invitation: Invitation,
  { operatorId, now }: { readonly operatorId: string; readonly now: Date },
): Promise<void> {
  const { orgId, projectId, projectRole, role } = invitation;
  await tx.select({ id: orgs.id }).from(orgs).where(eq(orgs.id, orgId)).for('update');
  const [taken] = await tx
    .delete(invitations)
    .where(eq(invitations.id, invitation.id))
    .returning({ id: invitations.id });
  if (taken === undefined || !(await mayStillInvite(tx, invitation))) throw notValid();
  const [joined] = await tx
    .insert(orgMembers)
    .values({ orgId, operatorId, role, createdAt: now })
    .onConflictDoNothing()
    .returning({ role: orgMembers.role });
  if (joined === undefined) throw new StkError('CONFLICT', `You are a member of the org "${invitation.org}" already`);
  if (projectId !== null && projectRole !== null)
    await tx.insert(projectMembers).values({ projectId, operatorId, role: projectRole, createdAt: now });
}

/** Whether who has invited is still somebody who may: an invitation does not outlive its maker's role. */
async function mayStillInvite(tx: StoreDb, { orgId, createdBy, role }: Invitation): Promise<boolean> {
  const [inviter] = await tx
    .select({ role: orgMembers.role })
    .from(orgMembers)
    .where(and(eq(orgMembers.orgId, orgId), eq(orgMembers.operatorId, createdBy)));
  return inviter?.role === 'owner' || (inviter?.role === 'admin' && role !== 'owner');
}

function notValid(): StkError {
  return notKnown(
    'This invitation is not valid: it was accepted or revoked, or is older than 24 hours. Ask for a new one',
  );
}
