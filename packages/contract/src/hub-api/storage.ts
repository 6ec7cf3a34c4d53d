import { z } from 'zod';

/** What requests to a bucket's store are signed with. The secret never comes back. */
export const setStorageRequestSchema = z.strictObject({
  accessKeyId: z.string().min(1).max(256),
  secretAccessKey: z.string().min(1).max(1_024),
});
export const storageCredentialsSchema = z.object({
  /** As `config/storage.yaml` calls it. */
  bucket: z.string(),
  accessKeyId: z.string(),
  version: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const storageListSchema = z.object({ items: z.array(storageCredentialsSchema) });
export const storageTestSchema = z.object({ ok: z.literal(true), bucket: z.string(), latencyMs: z.number() });
/** What a sweep of a bucket found. Examples are the first of each. */
export const objectSweepSchema = z.object({
  bucket: z.string(),
  sweptAt: z.string(),
  durationMs: z.number(),
  /** Whether it came to the end, within its bounds. */
  isComplete: z.boolean(),
  objects: z.number(),
  /** Objects under a policy, a day old or more, that no row names. */
  orphans: z.number(),
  /** Keys in rows without an object. */
  dangling: z.number(),
  orphanExamples: z.array(z.string()),
  danglingExamples: z.array(z.string()),
});
export type ObjectSweep = z.infer<typeof objectSweepSchema>;
export const objectSweepListSchema = z.object({ items: z.array(objectSweepSchema) });
export const removedStorageSchema = z.object({ bucket: z.string() });
