import type { invitations } from '../store/tables/invitations.ts';

interface Names {
  readonly org: string;
  readonly project: string | null;
  /** The address of who has invited. */
  readonly createdBy: string;
}

/** An invitation as it is shown: everything but the token. */
export function invitationAnswer(invitation: typeof invitations.$inferSelect, names: Names) {
  const { id, email, role, projectRole, createdAt, expiresAt } = invitation;
  return {
    id,
    email,
    role,
    projectRole,
    ...names,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
