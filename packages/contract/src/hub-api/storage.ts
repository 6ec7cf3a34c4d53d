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
export const removedStorageSchema = z.object({ bucket: z.string() });
