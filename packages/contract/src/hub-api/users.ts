import { z } from 'zod';
import { emailSchema } from '../hub-api.ts';
import { fitToken, ROLES_BYTES_MAX, roleNameSchema } from '../role-name.ts';
import { auditItemSchema } from './audit.ts';
import { endUserSchema } from './end-users.ts';

/** What operators do with the end users of an env. */

/** Most users in one answer. */
export const USER_PAGE_MAX = 1_000;
const BUILT_IN_ROLES = ['public', 'authenticated'];

/**
 * Which users: those that meet all of it. `search` is a part of the email; one of one or two characters is its beginning. `email` is all of
 * it. `after` is the last user of the page before.
 */
export const userListQuerySchema = z.strictObject({
  search: z.string().min(1).max(254).toLowerCase().optional(),
  email: emailSchema.toLowerCase().optional(),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'is not the id of a user')
    .optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `is not a number from 1 to ${USER_PAGE_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= USER_PAGE_MAX, `is not a number from 1 to ${USER_PAGE_MAX}`)
    .optional(),
});
export type UserListQuery = z.output<typeof userListQuerySchema>;

/** Newest first. `next` is there while there are older ones: what to give as `after`. */
export const userListSchema = z.object({ items: z.array(endUserSchema), next: z.string().optional() });

export const setUserRolesRequestSchema = z.strictObject({
  roles: z
    .array(roleNameSchema.refine((role) => !BUILT_IN_ROLES.includes(role), 'is no role to give: every end user has it'))
    .max(50)
    .refine(fitToken, `longer together than an access token holds (${ROLES_BYTES_MAX} bytes)`),
});

/** What an operator did to a user; where `sessionsEnded`, every token from before is refused at every Bridge within one poll interval. */
export const changedUserSchema = endUserSchema.extend({ sessionsEnded: z.boolean() });
export const deletedUserSchema = z.object({ id: z.string(), deleted: z.literal(true) });

/** All that the Hub holds about a user, but for secrets: of the password it says how it is hashed, of sessions no token. */
export const userExportSchema = z.object({
  exportedAt: z.string(),
  project: z.string(),
  env: z.string(),
  user: endUserSchema,
  /** Null for an account whose user signs in elsewhere. */
  password: z.object({ algorithm: z.string(), parameters: z.string() }).nullable(),
  /** Null for an account without one. */
  secondFactor: z
    .object({ createdAt: z.string(), confirmedAt: z.string().nullable(), recoveryCodesLeft: z.number() })
    .nullable(),
  /** Who they are at OpenID providers. */
  identities: z.array(
    z.object({
      issuer: z.string(),
      subject: z.string(),
      roles: z.array(z.string()),
      createdAt: z.string(),
      usedAt: z.string(),
    }),
  ),
  sessions: z.array(
    z.object({
      sid: z.string(),
      createdAt: z.string(),
      renewedAt: z.string(),
      expiresAt: z.string(),
      revokedAt: z.string().nullable(),
    }),
  ),
  /** Tokens issued before are refused. */
  notBefore: z.string().nullable(),
  audit: z.array(auditItemSchema),
});
export type UserExport = z.infer<typeof userExportSchema>;
