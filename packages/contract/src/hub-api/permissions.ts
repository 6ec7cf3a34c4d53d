import { z } from 'zod';
import { projectFilesSchema } from '../hub-api.ts';
import { impactEntrySchema } from './impact.ts';

/** What a fixture says of its call, and what came of it. */
const fixtureOutcomeSchema = z.union([
  z.enum(['allow', 'deny']),
  z.object({ columns: z.array(z.string()).readonly() }),
]);
export const permissionsTestRequestSchema = z.strictObject({ files: projectFilesSchema });
/** `passed` counts fixtures. `reason` says why the call of a failed one is decided as it is. */
export const permissionsTestSchema = z.object({
  passed: z.number(),
  failed: z
    .array(
      z.object({
        file: z.string(),
        name: z.string(),
        expected: fixtureOutcomeSchema,
        actual: fixtureOutcomeSchema,
        reason: z.string(),
      }),
    )
    .readonly(),
});
export type PermissionsTest = z.infer<typeof permissionsTestSchema>;

/** Who calls, as rules see it; an API key has no `sub`. */
export const callerSchema = z.strictObject({
  type: z.enum(['user', 'api_key']),
  sub: z.string().max(200).nullable(),
  roles: z.array(z.string().min(1).max(100)).max(50),
  claims: z.record(z.string(), z.unknown()).default({}),
});
/** With `files`, the rules in them; without, those of the current release. Without `params`, those of a plain call. */
export const permissionsExplainRequestSchema = z.strictObject({
  files: projectFilesSchema.optional(),
  path: z.string().min(1).max(300),
  as: callerSchema,
  params: z.unknown().optional(),
});
/**
 * `rule` is as written, with its place from 0 among those of its operation and `at` in the files; null where none names a role of the caller.
 * `columns` are those that it shows, or lets write. `predicate` is what each row has to meet, `check` what each written row has
 * to; null: nothing. `sql` is what a Bridge sends, its values as placeholders. A call that is denied has no columns and no SQL.
 */
export const permissionsExplainSchema = z.object({
  rule: z
    .looseObject({
      table: z.string(),
      operation: z.string(),
      index: z.number(),
      roles: z.array(z.string()).readonly(),
      at: z.object({ file: z.string(), line: z.number(), column: z.number() }).nullable(),
    })
    .nullable(),
  columns: z.array(z.string()).readonly(),
  predicate: z.string().nullable(),
  check: z.string().nullable(),
  sql: z.string().nullable(),
  decision: z.enum(['allow', 'deny']),
  reason: z.string(),
});
export type PermissionsExplanation = z.infer<typeof permissionsExplainSchema>;

/** `as`: for this caller in place of every role. `timeoutSeconds` bounds all of the counting. */
export const permissionsImpactRequestSchema = z.strictObject({
  files: projectFilesSchema,
  as: callerSchema.optional(),
  timeoutSeconds: z.int().min(1).max(300).default(30),
});
export const permissionsImpactSchema = z.object({ impact: z.array(impactEntrySchema) });
