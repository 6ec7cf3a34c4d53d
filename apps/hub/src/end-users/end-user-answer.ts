import type { endUsers } from '../store/tables/end-users.ts';

/** An end user as they are shown: never the password's hash. */
export function endUserAnswer({ id, email, roles, disabled, createdAt }: typeof endUsers.$inferSelect) {
  return { id, email, roles, disabled, createdAt: createdAt.toISOString() };
}
