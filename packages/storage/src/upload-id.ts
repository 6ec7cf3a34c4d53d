import { createHmac, timingSafeEqual } from 'node:crypto';
import { StkError } from '@santokit/contract';
import { z } from 'zod';

/** An upload in parts that has begun. */
export interface Upload {
  /** What the store calls it. */
  readonly storeUploadId: string;
  readonly contentLength: number;
  /** Bytes of every part but the last. */
  readonly partSize: number;
}

/** The object that an upload id is for; `bucket` is the project's name for it. */
export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
}

const uploadSchema = z.tuple([z.string().min(1), z.int().positive(), z.int().positive()]);

/**
 * An id that carries an upload and is good for one object only: `<payload>.<mac>`, base64url, with HMAC-SHA256 over object and payload.
 * @param secret 32 bytes that every Bridge of the env has
 */
export function uploadIdOf(upload: Upload, object: UploadedObject, secret: Uint8Array): string {
  const payload = Buffer.from(JSON.stringify([upload.storeUploadId, upload.contentLength, upload.partSize]));
  return `${payload.toString('base64url')}.${macOf(payload, object, secret).toString('base64url')}`;
}

/** The upload behind an id. @throws StkError `BAD_REQUEST` for one that is made up, changed, or of another object */
export function uploadOf(id: unknown, object: UploadedObject, secret: Uint8Array): Upload {
  if (id === undefined) throw new StkError('BAD_REQUEST', 'Missing required param: uploadId');
  if (typeof id !== 'string') throw new StkError('BAD_REQUEST', 'Invalid type for param: uploadId');
  const [payloadText = '', macText = ''] = id.split('.');
  const payload = Buffer.from(payloadText, 'base64url');
  const mac = Buffer.from(macText, 'base64url');
  const expected = macOf(payload, object, secret);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
    throw new StkError('BAD_REQUEST', 'The uploadId is not of an upload of this key', { param: 'uploadId' });
  const [storeUploadId, contentLength, partSize] = uploadSchema.parse(JSON.parse(payload.toString()));
  return { storeUploadId, contentLength, partSize };
}

function macOf(payload: Uint8Array, { bucket, key }: UploadedObject, secret: Uint8Array): Buffer {
  // No bucket and no key holds a NUL.
  return createHmac('sha256', secret).update(`upload\0${bucket}\0${key}\0`).update(payload).digest();
}
