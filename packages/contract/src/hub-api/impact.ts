import { z } from 'zod';

/**
 * What a change of rules opens and closes for the callers of one role, in one operation on one table. `rows` are counted in the
 * live database: those within reach before and after, and those that some caller of the role gains (`opened`) or loses (`closed`);
 * null where there is nothing to count or it was not counted (`uncounted` says why). `callers`: whether it is about end users, API
 * keys or both that hold the role. With `dependsOnCaller`, the conditions speak of who calls or of what they send.
 */
export const impactEntrySchema = z.object({
  role: z.string(),
  callers: z.enum(['any', 'user', 'api_key']),
  table: z.string(),
  operation: z.enum(['select', 'insert', 'update', 'delete']),
  rows: z.object({ before: z.number(), after: z.number(), opened: z.number(), closed: z.number() }).nullable(),
  columns: z.object({ opened: z.array(z.string()).readonly(), closed: z.array(z.string()).readonly() }),
  dependsOnCaller: z.boolean(),
  notes: z.array(z.string()).readonly(),
  uncounted: z.string().optional(),
});
export type ImpactEntry = z.infer<typeof impactEntrySchema>;
