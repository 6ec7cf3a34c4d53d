import { z } from 'zod';
import { emailSchema } from '../hub-api.ts';

/** The env that an end user belongs to; named in every request of theirs. */
export const endUserPlaceSchema = z.strictObject({
  project: z.string().min(1).max(100),
  env: z.string().min(1).max(100),
});
/** Set as cookies instead of answered: `stk_access_<project>_<env>` and `stk_refresh_<project>_<env>`. */
const cookies = z.boolean().default(false);
const newPasswordSchema = z.string().min(8, 'at least 8 characters').max(1_024);
const passwordSchema = z.string().min(1).max(1_024);

export const endUserCredentialsSchema = endUserPlaceSchema.extend({
  email: emailSchema,
  password: passwordSchema,
  cookies,
});
const codeSchema = z.string().min(1).max(100);
/** `code`: of an account with a second factor, or one of its recovery codes. */
export const endUserLoginRequestSchema = endUserCredentialsSchema.extend({ code: codeSchema.optional() });
/** `password` may be left out by an account that has none. */
export const endUserEnrolTotpRequestSchema = endUserPlaceSchema.extend({ password: passwordSchema.optional() });
export const endUserConfirmTotpRequestSchema = endUserPlaceSchema.extend({ code: codeSchema });
export const endUserDisableTotpRequestSchema = endUserEnrolTotpRequestSchema.extend({ code: codeSchema.optional() });
export const endUserSignupRequestSchema = endUserCredentialsSchema.extend({ password: newPasswordSchema });
/** Without `refreshToken`, the cookie's is meant, and cookies are set again, or cleared; `cookies` asks for that also with one. */
export const endUserRefreshRequestSchema = endUserPlaceSchema.extend({
  refreshToken: z.string().min(1).max(500).optional(),
  cookies,
});
export const endUserPasswordChangeRequestSchema = endUserPlaceSchema.extend({
  currentPassword: passwordSchema,
  newPassword: newPasswordSchema,
});
export const endUserPasswordSetRequestSchema = endUserPlaceSchema.extend({ password: newPasswordSchema });

export const endUserSchema = z.object({
  id: z.string(),
  /** Null where the user signs in elsewhere, and no email of theirs is proven. */
  email: z.string().nullable(),
  roles: z.array(z.string()),
  disabled: z.boolean(),
  createdAt: z.string(),
});
/** `expiresIn` is the access token's life in seconds. */
export const endUserSessionSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number(),
  user: endUserSchema,
});
/** The same, where the tokens are cookies. */
export const endUserCookieSessionSchema = endUserSessionSchema.omit({ accessToken: true, refreshToken: true });
export const endUserSessionAnswerSchema = z.union([endUserSessionSchema, endUserCookieSessionSchema]);
export const endUserSessionListSchema = z.object({
  items: z.array(
    z.object({
      sid: z.string(),
      createdAt: z.string(),
      /** When its access token was renewed last. */
      renewedAt: z.string(),
      expiresAt: z.string(),
      current: z.boolean(),
    }),
  ),
});
