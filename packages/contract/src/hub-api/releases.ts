import { z } from 'zod';
import { releaseSchema, resourceNameSchema } from '../hub-api.ts';
import type { Json } from '../json.ts';

/** Requests and answers about releases that exist: moving an env's pointer to one, comparing two, verifying one. */

/** `rel_` and a ULID; looser here, so that an id that is none is simply not found. */
const releaseIdSchema = z.string().regex(/^[A-Za-z0-9_]{1,100}$/, 'the id of a release, such as rel_01J…');

/** The env in the path gets `releaseId`, by default what is current in `from`. `force`: though live Bridges are too old for it. */
export const promoteRequestSchema = z.strictObject({
  from: resourceNameSchema,
  releaseId: releaseIdSchema.optional(),
  force: z.boolean().default(false),
});
export const rollbackRequestSchema = z.strictObject({ releaseId: releaseIdSchema, force: z.boolean().default(false) });
/** The release that is current now; `previousReleaseId` was so before, null where nothing was. */
export const movedReleaseSchema = releaseSchema.extend({ previousReleaseId: z.string().nullable() });

/** A side of a comparison: `env` where it was named by an env. */
const comparedReleaseSchema = z.object({
  releaseId: z.string(),
  contentHash: z.string(),
  ref: z.string(),
  env: z.string().nullable(),
});
// Whatever came as JSON is JSON; a recursive schema has no place in the OpenAPI document.
const jsonSchema = z.unknown() as z.ZodType<Json, Json>;
export const CHANGES = ['added', 'removed', 'changed'] as const;
/**
 * One difference. `path` is a JSON pointer (RFC 6901) into the release; `before` and `after` are what stands there, absent where
 * nothing does. Expressions are CEL text.
 */
export const differenceSchema = z.object({
  path: z.string(),
  change: z.enum(CHANGES),
  before: jsonSchema.optional(),
  after: jsonSchema.optional(),
});
export type Difference = z.infer<typeof differenceSchema>;
/** Every section of a release is listed, those without a difference too. */
export const comparisonSchema = z.object({
  from: comparedReleaseSchema,
  to: comparedReleaseSchema,
  same: z.boolean(),
  sections: z.array(z.object({ section: z.string(), differences: z.array(differenceSchema) })),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** `computed` is null where the stored content is no JSON any more. */
export const verificationSchema = z.object({
  releaseId: z.string(),
  valid: z.boolean(),
  contentHash: z.object({ valid: z.boolean(), stored: z.string(), computed: z.string().nullable() }),
  signature: z.object({ valid: z.boolean(), keyId: z.string() }),
});
export type Verification = z.infer<typeof verificationSchema>;
