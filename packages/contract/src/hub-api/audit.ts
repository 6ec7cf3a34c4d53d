import { z } from 'zod';
import { RESOURCE_NAME } from '../identifiers.ts';

/** Most entries in one answer. */
export const AUDIT_PAGE_MAX = 1_000;

const auditIdSchema = z.string().regex(/^aud_[0-9A-Z]{26}$/, 'is not the id of an entry');

/**
 * Which entries: those that meet all of it. `env` leaves out what is about other envs. `action` is one action or a domain,
 * such as `release.*`. `actor` is an operator's id or email, or `system`, or `bridge`. `before` and `after` are ids of
 * entries: the `limit` entries next to that one, of which only `before` counts down from the newest.
 */
export const auditQuerySchema = z.strictObject({
  env: z.string().regex(RESOURCE_NAME, 'is not the name of an env').optional(),
  action: z
    .string()
    .regex(/^[a-z]{1,40}\.(\*|[a-z_]{1,40})$/, 'is not an action such as release.create, or a domain such as release.*')
    .optional(),
  since: z.iso
    .datetime({ offset: true, error: 'is not an instant such as 2026-01-31T12:00:00Z' })
    .refine((instant) => Date.parse(instant) >= 0, 'is not an instant from 1970 on')
    .optional(),
  actor: z.string().max(254).optional(),
  before: auditIdSchema.optional(),
  after: auditIdSchema.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `is not a number from 1 to ${AUDIT_PAGE_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= AUDIT_PAGE_MAX, `is not a number from 1 to ${AUDIT_PAGE_MAX}`)
    .optional(),
});
export type AuditQuery = z.output<typeof auditQuerySchema>;

/** Who did what, where and when. `project` and `env` are names; null where the entry is about none. */
export const auditItemSchema = z.object({
  id: z.string(),
  ts: z.string(),
  actorId: z.string().nullable(),
  actorType: z.string(),
  action: z.string(),
  project: z.string().nullable(),
  env: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  ip: z.string().nullable(),
  requestId: z.string().nullable(),
  traceId: z.string().nullable(),
});
export type AuditItem = z.infer<typeof auditItemSchema>;

/** Newest first. `next` is there while there are older ones: what to give as `before`. */
export const auditListSchema = z.object({ items: z.array(auditItemSchema), next: z.string().optional() });

/** What is wrong with the log. `seq` counts entries from 1; `id` is null for one that is missing. */
export const auditProblemSchema = z.object({ seq: z.number(), id: z.string().nullable(), what: z.string() });
export type AuditProblem = z.infer<typeof auditProblemSchema>;

/**
 * What came out of recomputing the whole chain. `head` is the newest entry: keep its `hash` elsewhere, and a log that was cut
 * off at the end shows too. `problems` holds the first ones.
 */
export const auditVerificationSchema = z.object({
  ok: z.boolean(),
  entries: z.number(),
  removed: z.number(),
  checkpoints: z.number(),
  head: z.object({ seq: z.number(), id: z.string(), ts: z.string(), hash: z.string() }).nullable(),
  problems: z.array(auditProblemSchema),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;
