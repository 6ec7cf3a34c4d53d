import { z } from 'zod';

/** The keys that sign the access tokens of an env's end users. */

export const SIGNING_KEY_STATUSES = ['next', 'current', 'previous'] as const;
/** `publicKey` is the 32 raw bytes in base64. A `next` key is on its way to the Bridges; a `previous` one verifies what it has signed. */
export const signingKeySchema = z.object({
  kid: z.string(),
  status: z.enum(SIGNING_KEY_STATUSES),
  publicKey: z.string(),
  createdAt: z.string(),
});
/** Newest first. */
export const signingKeyListSchema = z.object({ items: z.array(signingKeySchema) });

/** A key beside how long it still verifies. */
const verifyingKeySchema = signingKeySchema.extend({ verifiesUntil: z.string() });

/** `next` is there where a rotation did not come to its end: another one ends it. */
export const signingKeyStatusSchema = z.object({
  current: signingKeySchema.extend({ ageSeconds: z.number() }),
  next: signingKeySchema.nullable(),
  previous: z.array(verifyingKeySchema),
});

/**
 * With `revokePrevious`, no key but the new one verifies from now on: every access token there is is refused, as it should be when a key
 * has leaked.
 */
export const rotateKeysRequestSchema = z.strictObject({ revokePrevious: z.boolean().default(false) });
/** The new current key; `notFollowed` are live Bridges that had not pulled it in time, and will when they first see a token of it. */
export const rotatedKeysSchema = signingKeySchema.extend({
  previous: z.array(verifyingKeySchema),
  notFollowed: z.array(z.string()),
});

/** What a Bridge verifies a token of `sub` with: keys, and the mark before which the user's tokens are refused. */
export const keyVerificationQuerySchema = z.strictObject({ sub: z.string().max(200).optional() });
export const keyVerificationSchema = z.object({
  keys: z.array(signingKeySchema),
  notBefore: z.string().nullable(),
  /** The Hub's clock. */
  time: z.string(),
});
export type KeyVerification = z.infer<typeof keyVerificationSchema>;
