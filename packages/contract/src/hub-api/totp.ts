import { z } from 'zod';

/** Requests and answers about an operator's own second factor. */

const currentPasswordSchema = z.string().max(1_024);
const codeSchema = z.string().min(1).max(100);

export const enrolTotpRequestSchema = z.strictObject({ password: currentPasswordSchema });
/** The secret in base32, and in the URI that authenticators read from a QR code. */
export const enrolledTotpSchema = z.object({ secret: z.string(), uri: z.string() });
export const confirmTotpRequestSchema = z.strictObject({ code: codeSchema });
/** Each is good once, in place of a code. */
export const confirmedTotpSchema = z.object({ recoveryCodes: z.array(z.string()) });
/** `code` may be left out where the second factor was begun but not confirmed. */
export const disableTotpRequestSchema = z.strictObject({
  password: currentPasswordSchema,
  code: codeSchema.optional(),
});
