import { fileColumnsOf, openKey, type Serving, storeAttributes } from '@santokit/calls';
import { type Principal, parseJson, type RequestContext, StkError } from '@santokit/contract';
import { engineNamed } from '@santokit/engine';
import { objectKey } from '@santokit/storage';
import { inSpan } from '@santokit/telemetry';
import { z } from 'zod';
import type { Target } from '../target/target.ts';
import type { OutboxWork } from '../workers/event-workers.ts';

const deletionSchema = z.object({ bucket: z.string(), key: z.string(), caller: z.string() });
const callerSchema = z.object({
  auth: z.object({
    type: z.enum(['user', 'api_key']),
    sub: z.string().nullable(),
    roles: z.array(z.string()),
    claims: z.record(z.string(), z.json()),
  }),
  timeMs: z.number(),
});

interface Deletion {
  readonly bucket: string;
  readonly key: string;
  readonly auth: Principal;
  readonly timeMs: number;
}

/** Why an object outlives its row. */
export type KeptReason = 'policy' | 'named';

/**
 * Deletes the objects of rows that were deleted. A key in a row is only a text that somebody wrote there, so an object is deleted where who
 * deleted the row might delete the object too, and where no other row names it.
 */
export function objectWork(target: Target, onKept: (bucket: string, reason: KeptReason) => void): OutboxWork {
  return {
    kind: 'object_delete',
    routes: ({ cascades }) => cascades?.routes,
    async handle({ payload }, _, trace) {
      const deletion = deletionOf(payload);
      const serving = target.snapshot();
      const reason = await whyKept(deletion, serving, target.name.env);
      if (reason !== undefined) return onKept(deletion.bucket, reason);
      const bucket = bucketOf(deletion, serving);
      const { stores } = serving;
      if (stores === undefined)
        throw new StkError('SERVICE_UNAVAILABLE', 'The buckets have no credentials in this env');
      const store = await stores.storeOf(bucket.name, bucket.bucket);
      const span = trace?.begin('bridge.store', storeAttributes(bucket.name, 'DeleteObject'), 'service');
      if (span === undefined) return await store.delete(deletion.key);
      await inSpan(span, () => store.delete(deletion.key, span.traceparent));
    },
  };
}

function deletionOf(payload: unknown): Deletion {
  const { bucket, key, caller } = deletionSchema.parse(payload);
  const { auth, timeMs } = callerSchema.parse(parseJson(caller));
  return { bucket, key, auth, timeMs };
}

async function whyKept(deletion: Deletion, serving: Serving, env: string): Promise<KeptReason | undefined> {
  if (!mayDelete(deletion, serving, env)) return 'policy';
  return (await isNamed(deletion, serving)) ? 'named' : undefined;
}

/** As if the key were deleted by call. */
function mayDelete(deletion: Deletion, serving: Serving, env: string): boolean {
  const { auth, timeMs } = deletion;
  try {
    const key = objectKey(deletion.key);
    const request: RequestContext = { auth, params: { key }, timeMs, env };
    openKey({ bucket: bucketOf(deletion, serving), key, operation: 'delete', request });
    return true;
  } catch (thrown) {
    if (thrown instanceof StkError && (thrown.code === 'FORBIDDEN' || thrown.code === 'BAD_REQUEST')) return false;
    throw thrown;
  }
}

async function isNamed({ bucket, key }: Deletion, { served, databases }: Serving): Promise<boolean> {
  for (const column of fileColumnsOf(served.release, bucket)) {
    const database = databases.get(column.connection);
    const engine = served.release.connections[column.connection]?.engine;
    if (database === undefined || engine === undefined)
      throw new StkError('SERVICE_UNAVAILABLE', 'The database is not connected');
    if ((await engineNamed(engine).namedKeys(database, column, [key])).has(key)) return true;
  }
  return false;
}

function bucketOf({ bucket: name }: Deletion, { served }: Serving) {
  const bucket = served.buckets.get(name);
  if (bucket === undefined) throw new StkError('NOT_FOUND', 'The release has no such bucket any more');
  return bucket;
}
