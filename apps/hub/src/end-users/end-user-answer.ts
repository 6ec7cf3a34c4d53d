import type { EndUser } from './end-user.ts';

/** What is shown of an end user. */
export type ShownEndUser = Pick<EndUser, 'id' | 'email' | 'roles' | 'disabled' | 'createdAt'>;

/** An end user as they are shown: never the password's hash. */
export function endUserAnswer({ id, email, roles, disabled, createdAt }: ShownEndUser) {
  return { id, email, roles, disabled, createdAt: createdAt.toISOString() };
}
