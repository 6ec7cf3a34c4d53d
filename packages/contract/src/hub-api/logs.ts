import { z } from 'zod';

/** Most lines in one answer. */
export const LOG_LINES_MAX = 1_000;
/** Most lines of one Bridge in one report. */
export const REPORTED_LINES_MAX = 200;

export const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

const textSchema = z.string().max(2_000);
/**
 * A line of a log without what may hold more than it should: causes of failures, their places, and what has another name. `file`, `line` and
 * `column` are of the project's own files.
 */
export const logLineSchema = z.strictObject({
  ts: z.iso.datetime(),
  level: logLevelSchema,
  msg: textSchema,
  requestId: textSchema.optional(),
  traceId: textSchema.optional(),
  releaseId: textSchema.optional(),
  method: textSchema.optional(),
  path: textSchema.optional(),
  function: textSchema.optional(),
  file: textSchema.optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  cron: textSchema.optional(),
  topic: textSchema.optional(),
  subscription: textSchema.optional(),
  status: z.number().optional(),
  durationMs: z.number().optional(),
  authType: textSchema.optional(),
  code: textSchema.optional(),
  state: textSchema.optional(),
  calls: z.number().optional(),
  failed: z.number().optional(),
  error: textSchema.optional(),
  reason: textSchema.optional(),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** `bridge`: only of this instance. `level`: this and worse. `limit`: the newest. */
export const logsQuerySchema = z.strictObject({
  bridge: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'is not the id of an instance')
    .optional(),
  level: logLevelSchema.optional(),
  since: z.iso
    .datetime({ offset: true, error: 'is not an instant such as 2026-01-31T12:00:00Z' })
    .refine((instant) => Date.parse(instant) >= 0, 'is not an instant from 1970 on')
    .optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `is not a number from 1 to ${LOG_LINES_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= LOG_LINES_MAX, `is not a number from 1 to ${LOG_LINES_MAX}`)
    .optional(),
});

export type LogsQuery = z.output<typeof logsQuerySchema>;

/** `id` is the same line's in every answer; `instanceId` is null for lines of the Hub, `project` where they are about none. */
export const logItemSchema = logLineSchema.extend({
  id: z.string(),
  source: z.enum(['hub', 'bridge']),
  instanceId: z.string().nullable(),
  project: z.string().nullable(),
  env: z.string().nullable(),
});
export type LogItem = z.infer<typeof logItemSchema>;
/** Newest first. */
export const logListSchema = z.object({ items: z.array(logItemSchema) });
