import { z } from 'zod';

/** Requests and answers about the events of an env's current release, and those that could not be handled. */

/**
 * `waiting`: deliveries that are to be made yet. `breaker`: closed; or open since `breakerOpenedAt`, after `failures` in a row: until it
 * is closed one delivery now and then is tried.
 */
export const eventSubscriptionSchema = z.object({
  name: z.string(),
  handler: z.string(),
  maxRetries: z.number(),
  minBackoffMs: z.number(),
  maxBackoffMs: z.number(),
  deadLetter: z.boolean(),
  orderBy: z.string().nullable(),
  waiting: z.number(),
  deadLetters: z.number(),
  failures: z.number(),
  breaker: z.enum(['closed', 'open']),
  breakerOpenedAt: z.string().nullable(),
});
export const eventTopicSchema = z.object({
  name: z.string(),
  retentionSeconds: z.number(),
  subscriptions: z.array(z.string()),
  triggers: z.number(),
});
export const eventTopicListSchema = z.object({ items: z.array(eventTopicSchema) });
/** `schema` says what each field must satisfy, in the words of the file. */
export const eventTopicDetailSchema = eventTopicSchema.extend({
  schema: z.record(z.string(), z.unknown()),
  triggers: z.array(z.object({ on: z.string(), table: z.string(), mapping: z.record(z.string(), z.string()) })),
  subscriptions: z.array(eventSubscriptionSchema),
});
export type EventTopicDetail = z.infer<typeof eventTopicDetailSchema>;

const nameSchema = z.string().min(1).max(63);
const filter = { topic: nameSchema.optional(), subscription: nameSchema.optional() };

export const deadLetterQuerySchema = z.object({
  ...filter,
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export const deadLetterSchema = z.object({
  id: z.string(),
  topic: z.string(),
  subscription: z.string(),
  eventId: z.string(),
  attempts: z.number(),
  lastError: z.string(),
  publishedAt: z.string(),
  failedAt: z.string(),
});
export const deadLetterListSchema = z.object({ items: z.array(deadLetterSchema) });
/** Fields that a trigger fills from sensitive columns read `[sensitive]`. */
export const deadLetterDetailSchema = deadLetterSchema.extend({ payload: z.unknown() });

/** Which dead letters are meant: those named, or all that a topic or subscription has; `all` where nothing else is said. */
export const deadLetterSelectionSchema = z
  .strictObject({
    ids: z.array(z.string().min(1).max(100)).min(1).max(1_000).optional(),
    ...filter,
    all: z.boolean().optional(),
  })
  .refine(({ ids, topic, subscription, all }) => all === true || (ids ?? topic ?? subscription) !== undefined, {
    message: 'Say which: by ids, topic or subscription, or all',
  });
export const replayedDeadLettersSchema = z.object({ replayed: z.number() });
export const purgedDeadLettersSchema = z.object({ purged: z.number() });
export const resetBreakerSchema = z.object({ subscription: z.string(), wasOpen: z.boolean() });
