import type { ServedBucket } from '@santokit/calls';
import type { ObjectSweep } from '@santokit/contract';
import { matchKey, type StoredObject } from '@santokit/storage';

export interface SweepRequest {
  readonly bucket: ServedBucket;
  /** What the store holds, in the order of the keys' bytes. */
  readonly objects: AsyncIterable<StoredObject>;
  /** What rows name, in the same order; a key may come again. */
  readonly named: AsyncIterable<string>;
  readonly nowMs: () => number;
  /** Of objects and keys together. */
  readonly most?: number;
  readonly timeoutMs?: number;
}

/** An upload may come before the row that is to name it. */
const YOUNG_MS = 24 * 3_600_000;
const MOST_SEEN = 2_000_000;
const TIMEOUT_MS = 30 * 60_000;
const MOST_EXAMPLES = 20;

/**
 * Compares what a bucket holds with what rows name, in one pass: objects under some policy that no row names, and keys of rows without an
 * object. It changes nothing.
 */
export async function sweepBucket(request: SweepRequest): Promise<ObjectSweep> {
  const { bucket, nowMs, most = MOST_SEEN, timeoutMs = TIMEOUT_MS } = request;
  const startedAtMs = nowMs();
  const found = {
    objects: 0,
    orphans: 0,
    dangling: 0,
    orphanExamples: [] as string[],
    danglingExamples: [] as string[],
  };
  const objects = request.objects[Symbol.asyncIterator]();
  const named = request.named[Symbol.asyncIterator]();
  let [object, key] = [await objects.next(), await named.next()];
  let seen = 0;
  let isComplete = true;
  while (object.done !== true || key.done !== true) {
    if (++seen > most || nowMs() - startedAtMs > timeoutMs) {
      isComplete = false;
      break;
    }
    const order = compareNext(object, key);
    if (order < 0 && object.done !== true && isOrphan(object.value, bucket, startedAtMs)) {
      found.orphans++;
      if (found.orphanExamples.length < MOST_EXAMPLES) found.orphanExamples.push(object.value.key);
    }
    if (order > 0 && key.done !== true) {
      found.dangling++;
      if (found.danglingExamples.length < MOST_EXAMPLES) found.danglingExamples.push(key.value);
    }
    if (order <= 0) {
      found.objects++;
      object = await objects.next();
    }
    if (order >= 0) key = await nextOther(named, key);
  }
  const sweptAt = new Date(startedAtMs).toISOString();
  return { bucket: bucket.name, sweptAt, isComplete, durationMs: Math.round(nowMs() - startedAtMs), ...found };
}

/** Less than 0 where the object comes first, more where the key does. */
function compareNext(object: IteratorResult<StoredObject>, key: IteratorResult<string>): number {
  if (object.done === true) return 1;
  if (key.done === true) return -1;
  return Buffer.compare(Buffer.from(object.value.key), Buffer.from(key.value));
}

/** Several columns may name one key. */
async function nextOther(named: AsyncIterator<string>, last: IteratorResult<string>): Promise<IteratorResult<string>> {
  let next = await named.next();
  while (next.done !== true && next.value === last.value) next = await named.next();
  return next;
}

/** What lies under no policy is none of Santokit's business. */
function isOrphan({ key, changedAtMs }: StoredObject, { policies }: ServedBucket, nowMs: number): boolean {
  return nowMs - changedAtMs > YOUNG_MS && policies.some(({ pattern }) => matchKey(pattern, key) !== undefined);
}
