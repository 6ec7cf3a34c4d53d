import { z } from 'zod';
import { projectFilesSchema } from '../hub-api.ts';

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
