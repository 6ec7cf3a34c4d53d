import { z } from 'zod';
import { bridgeTargetReportSchema } from '../internal.ts';

/**
 * A Bridge that serves an env, as it last reported. `live`: the Hub heard of it a moment ago. `lost`: it did not for a while, but
 * may be serving on without the Hub. `releaseId` is null while it serves none.
 */
export const bridgeSchema = bridgeTargetReportSchema.omit({ project: true, env: true, logs: true }).extend({
  instanceId: z.string(),
  version: z.string(),
  status: z.enum(['live', 'lost']),
  lastSeenAt: z.string(),
  reportedAt: z.string(),
});
export type Bridge = z.infer<typeof bridgeSchema>;

/** The Bridges of an env beside what they should serve; the newest first. */
export const bridgeListSchema = z.object({
  releaseId: z.string().nullable(),
  minimumBridgeVersion: z.string(),
  items: z.array(bridgeSchema),
});

/** Bridges that report after `requestedAt` have pulled after they were told to. */
export const bridgeSyncSchema = z.object({ requestedAt: z.string(), releaseId: z.string().nullable() });

/** The Hub's clock, in the middle of answering. */
export const hubTimeSchema = z.object({ time: z.string() });
