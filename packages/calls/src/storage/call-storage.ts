import {
  type Json,
  type Principal,
  type RequestContext,
  STORAGE_CALLS,
  StkError,
  type StorageCall,
  type StorageRule,
} from '@santokit/contract';
import { partCountOf, partSizeOf, type Store, uploadIdOf, uploadOf } from '@santokit/storage';
import type { TraceSteps } from '@santokit/telemetry';
import { storeAttributes } from '../store-attributes.ts';
import { openKey } from './open-key.ts';
import type { ServedBucket } from './served-storage.ts';
import { StorageParams } from './storage-params.ts';
import type { Stores } from './stores.ts';

export interface StorageRequest {
  readonly buckets: ReadonlyMap<string, ServedBucket>;
  readonly stores?: Stores;
  readonly principal: Principal;
  /** `storage/<bucket>/<call>` */
  readonly path: string;
  readonly params: Json;
  readonly env: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly steps?: TraceSteps | undefined;
}

/**
 * Answers a storage call.
 * @throws StkError `NOT_FOUND` for an unknown bucket or call, `BAD_REQUEST` for its params, `FORBIDDEN` by policy, `SERVICE_UNAVAILABLE`
 *   where the bucket has no credentials or its store does not answer
 */
export async function callStorage(request: StorageRequest): Promise<Json> {
  request.steps?.enter('bridge.permission');
  const found = findStorageCall(request.buckets, request.path);
  if (found === undefined)
    throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(request.path.slice(0, 200))}`);
  const { bucket, name } = found;
  request.steps?.describe({ 'stk.path': request.path });
  return HANDLERS[name]({ ...request, bucket, given: new StorageParams(request.params) });
}

/** Whether a path leads to a storage call. */
export function isStorageCall(buckets: StorageRequest['buckets'], path: string): boolean {
  return findStorageCall(buckets, path) !== undefined;
}

function findStorageCall(buckets: StorageRequest['buckets'], path: string) {
  const [storage, bucketName = '', call, ...rest] = path.split('/');
  const bucket = storage === 'storage' && rest.length === 0 ? buckets.get(bucketName) : undefined;
  const name = STORAGE_CALLS.find((known) => known === call);
  return bucket === undefined || name === undefined ? undefined : { bucket, name };
}

interface Handled extends StorageRequest {
  readonly bucket: ServedBucket;
  readonly given: StorageParams;
}

const HANDLERS: { readonly [C in StorageCall]: (handled: Handled) => Promise<Json> } = {
  async upload_sign(handled) {
    const { given } = handled;
    const key = given.key();
    const rule = ruleOf(handled, key, 'upload');
    const contentType = typeOf(given, rule);
    const contentLength = rule.maxSizeBytes === undefined ? given.optionalContentLength() : given.contentLength(0);
    given.end();
    requireSize(contentLength, rule);
    const length = contentLength === undefined ? {} : { contentLength };
    const { url, expiresAt } = await (await storeOf(handled)).signPut({ key, contentType, ...length });
    const headers = {
      'Content-Type': contentType,
      ...(contentLength === undefined ? {} : { 'Content-Length': String(contentLength) }),
    };
    return { url, method: 'PUT', headers, expiresAt };
  },
  async download_sign(handled) {
    const key = handled.given.key();
    handled.given.end();
    ruleOf(handled, key, 'download');
    const { url, expiresAt } = await (await storeOf(handled)).signGet(key);
    return { url, method: 'GET', expiresAt };
  },
  async delete(handled) {
    const key = handled.given.key();
    handled.given.end();
    ruleOf(handled, key, 'delete');
    const { store, traceparent } = await askedStore(handled, 'DeleteObject');
    await store.delete(key, traceparent);
    return {};
  },
  async multipart_create(handled) {
    const { given, bucket } = handled;
    const key = given.key();
    const rule = ruleOf(handled, key, 'upload');
    const contentType = typeOf(given, rule);
    const contentLength = given.contentLength(1);
    given.end();
    requireSize(contentLength, rule);
    const partSize = partSizeOf(contentLength);
    const { store, traceparent } = await askedStore(handled, 'CreateMultipartUpload');
    const storeUploadId = await store.createUpload(key, contentType, traceparent);
    const upload = { storeUploadId, contentLength, partSize };
    return { uploadId: uploadIdOf(upload, { bucket: bucket.name, key }, secretOf(handled)), partSize };
  },
  async multipart_sign_part(handled) {
    const { given } = handled;
    const { key, upload } = beginPart(handled);
    const count = partCountOf(upload);
    const partNumber = given.partNumber(count);
    const contentLength = given.contentLength(1);
    given.end();
    const expected = partNumber < count ? upload.partSize : upload.contentLength - (count - 1) * upload.partSize;
    if (contentLength !== expected)
      throw new StkError('BAD_REQUEST', `contentLength of part ${partNumber} must be ${expected}`);
    const { storeUploadId } = upload;
    const { url, expiresAt } = await (await storeOf(handled)).signPart({
      key,
      storeUploadId,
      partNumber,
      contentLength,
    });
    return { url, method: 'PUT', expiresAt };
  },
  async multipart_complete(handled) {
    const { given } = handled;
    const { key, upload } = beginPart(handled);
    const parts = given.parts(partCountOf(upload));
    given.end();
    const { store, traceparent } = await askedStore(handled, 'CompleteMultipartUpload');
    await store.completeUpload({ key, storeUploadId: upload.storeUploadId, parts }, traceparent);
    return {};
  },
  async multipart_abort(handled) {
    const { key, upload } = beginPart(handled);
    handled.given.end();
    const { store, traceparent } = await askedStore(handled, 'AbortMultipartUpload');
    await store.abortUpload(key, upload.storeUploadId, traceparent);
    return {};
  },
};

/** An upload goes on only for as long as its caller might begin it. */
function beginPart(handled: Handled) {
  const { given, bucket } = handled;
  const key = given.key();
  const rule = ruleOf(handled, key, 'upload');
  const upload = uploadOf(given.uploadId(), { bucket: bucket.name, key }, secretOf(handled));
  requireSize(upload.contentLength, rule);
  return { key, upload };
}

function ruleOf(handled: Handled, key: string, operation: 'upload' | 'download' | 'delete'): StorageRule {
  const { bucket, principal: auth, params, nowMs: timeMs, env } = handled;
  const request: RequestContext = { auth, params, timeMs, env };
  return openKey({ bucket, key, operation, request });
}

function typeOf(given: StorageParams, { allowedTypes }: StorageRule): string {
  const contentType = given.contentType();
  const [essence = ''] = contentType.toLowerCase().split(';');
  const [kind = ''] = essence.split('/');
  if (allowedTypes === undefined || allowedTypes.includes(essence) || allowedTypes.includes(`${kind}/*`))
    return contentType;
  throw new StkError('BAD_REQUEST', `contentType must be one of: ${allowedTypes.join(', ')}`);
}

function requireSize(contentLength: number | undefined, { maxSizeBytes }: StorageRule): void {
  if (contentLength === undefined || maxSizeBytes === undefined || contentLength <= maxSizeBytes) return;
  throw new StkError('BAD_REQUEST', `contentLength must be at most ${maxSizeBytes}`);
}

function storesOf({ stores }: Handled): Stores {
  if (stores === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The buckets have no credentials in this env');
  return stores;
}

function storeOf(handled: Handled): Promise<Store> {
  // By now the caller may.
  handled.steps?.leave();
  const { name, bucket } = handled.bucket;
  return storesOf(handled).storeOf(name, bucket);
}

/** A store that is about to be sent something, and what it is told of the trace. */
async function askedStore(handled: Handled, operation: string) {
  const store = await storeOf(handled);
  const { steps, bucket } = handled;
  steps?.enter('bridge.store', storeAttributes(bucket.name, operation), 'service');
  return { store, traceparent: steps?.traceparent };
}

function secretOf(handled: Handled): Uint8Array {
  return storesOf(handled).uploadSecret;
}
