import { z } from 'zod';

/** A role as keys and end users are given it. Blanks in one are most often a comma that was forgotten between two. */
export const roleNameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^\S*$/u, 'is no role: it has a blank (roles are separated by commas)');

/** Of all roles of a user, as JSON: with what else it says, a token is no longer than what is read of one. */
export const ROLES_BYTES_MAX = 5_200;

/** Whether an access token has room for all of a user's roles. */
export function fitToken(roles: readonly string[]): boolean {
  return new TextEncoder().encode(JSON.stringify(roles)).length <= ROLES_BYTES_MAX;
}
