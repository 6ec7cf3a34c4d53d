import { z } from 'zod';
import { CRON_RUN_STATUSES } from '../cron.ts';

/** Requests and answers about the crons of an env's current release, and what became of them. */

/** Either `schedule`, five fields in UTC, or `everySeconds`. `nextAt` is null for one that is disabled. */
export const cronSchema = z.object({
  name: z.string(),
  schedule: z.string().nullable(),
  everySeconds: z.number().nullable(),
  handler: z.string(),
  timeoutSeconds: z.number(),
  enabled: z.boolean(),
  nextAt: z.string().nullable(),
});
export type Cron = z.infer<typeof cronSchema>;
export const cronListSchema = z.object({ items: z.array(cronSchema) });

/** When it is due, in words and as the next five times, whether it is enabled or not. */
export const cronExplanationSchema = cronSchema.extend({ words: z.string(), next: z.array(z.string()) });

export const cronRunQuerySchema = z.object({
  name: z.string().min(1).max(63).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});
/**
 * `requested`: no Bridge has taken it yet; `skipped`: the run before still ran. `manual`: asked for by an operator, at `dueAt`.
 * `durationMs` is null until it has ended.
 */
export const cronRunSchema = z.object({
  id: z.string(),
  cron: z.string(),
  status: z.enum(CRON_RUN_STATUSES),
  manual: z.boolean(),
  dueAt: z.string(),
  startedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  error: z.string().nullable(),
});
export const cronRunListSchema = z.object({ items: z.array(cronRunSchema) });

/** A Bridge takes it within seconds. */
export const cronTriggerSchema = z.object({ id: z.string(), cron: z.string(), status: z.literal('requested') });
