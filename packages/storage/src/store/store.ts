import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StoreConfig } from '../store-config.ts';
import { partOfTrace } from './part-of-trace.ts';
import { storeFailure } from './store-failure.ts';

/** How long a presigned URL is good for. */
export const URL_LIFE_SECONDS = 3_600;
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;

export interface PutRequest {
  readonly key: string;
  readonly contentType: string;
  /** Bytes; absent where no rule limits them. */
  readonly contentLength?: number;
}

export interface PartRequest {
  readonly key: string;
  readonly storeUploadId: string;
  /** From 1. */
  readonly partNumber: number;
  readonly contentLength: number;
}

export interface CompletedUpload {
  readonly key: string;
  readonly storeUploadId: string;
  readonly parts: readonly UploadedPart[];
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** An object as a bucket lists it. */
export interface StoredObject {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly changedAtMs: number;
}

/** A request that somebody else may send, once or more, until `expiresAt` (RFC 3339). */
export interface SignedRequest {
  readonly url: string;
  readonly expiresAt: string;
}

/**
 * One bucket of an S3-compatible store. URLs are presigned with Signature Version 4, size and type among the signed headers, so that the
 * store refuses any other; what is sent to the store itself fails with StkError `SERVICE_UNAVAILABLE` when it does not answer in time, and
 * is part of the trace that its `traceparent` names, if any.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export class Store {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ bucket, credentials }: StoreConfig, { requestTimeoutMs = REQUEST_TIMEOUT_MS } = {}) {
    this.#bucket = bucket.bucket;
    this.#client = new S3Client({
      region: bucket.region,
      credentials,
      forcePathStyle: bucket.forcePathStyle,
      ...(bucket.endpoint === undefined ? {} : { endpoint: bucket.endpoint }),
      // A checksum of an empty body would be signed into every URL.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
      },
    });
  }

  signPut({ key, contentType, contentLength }: PutRequest): Promise<SignedRequest> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentType: contentType,
      ...(contentLength === undefined ? {} : { ContentLength: contentLength }),
    });
    const signed = contentLength === undefined ? ['host', 'content-type'] : ['host', 'content-type', 'content-length'];
    return this.#sign((options) => getSignedUrl(this.#client, command, options), signed);
  }

  signGet(key: string): Promise<SignedRequest> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    return this.#sign((options) => getSignedUrl(this.#client, command, options), ['host']);
  }

  signPart({ key, storeUploadId, partNumber, contentLength }: PartRequest): Promise<SignedRequest> {
    const command = new UploadPartCommand({
      Bucket: this.#bucket,
      Key: key,
      UploadId: storeUploadId,
      PartNumber: partNumber,
      ContentLength: contentLength,
    });
    return this.#sign((options) => getSignedUrl(this.#client, command, options), ['host', 'content-length']);
  }

  /** @returns the store's id of the upload */
  async createUpload(key: string, contentType: string, traceparent?: string): Promise<string> {
    const command = new CreateMultipartUploadCommand({ Bucket: this.#bucket, Key: key, ContentType: contentType });
    const { UploadId } = await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
    if (UploadId === undefined) throw new Error('The store began an upload without an id');
    return UploadId;
  }

  async completeUpload({ key, storeUploadId, parts }: CompletedUpload, traceparent?: string): Promise<void> {
    const command = new CompleteMultipartUploadCommand({
      Bucket: this.#bucket,
      Key: key,
      UploadId: storeUploadId,
      MultipartUpload: { Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })) },
    });
    await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
  }

  async abortUpload(key: string, storeUploadId: string, traceparent?: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: storeUploadId });
    await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
  }

  /** An object that is not there is deleted already. */
  async delete(key: string, traceparent?: string): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket, Key: key });
    await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
  }

  async put(key: string, body: string, traceparent?: string): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body, ContentType: 'text/plain' });
    await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
  }

  async get(key: string, traceparent?: string): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    const { Body } = await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
    return (await Body?.transformToString()) ?? '';
  }

  /** In the order of the keys' bytes, at most 1,000 of them, after one of them. */
  async objectsAfter(after: string | undefined, traceparent?: string): Promise<StoredObject[]> {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      ...(after === undefined ? {} : { StartAfter: after }),
    });
    const { Contents = [] } = await this.#client.send(partOfTrace(command, traceparent)).catch(storeFailure);
    return Contents.flatMap(({ Key, LastModified }) =>
      Key === undefined ? [] : { key: Key, changedAtMs: LastModified?.getTime() ?? 0 },
    );
  }

  close(): void {
    this.#client.destroy();
  }

  async #sign(
    sign: (options: Parameters<typeof getSignedUrl>[2]) => Promise<string>,
    signed: readonly string[],
  ): Promise<SignedRequest> {
    const signingDate = new Date();
    const url = await sign({ expiresIn: URL_LIFE_SECONDS, signableHeaders: new Set(signed), signingDate });
    return { url, expiresAt: new Date(signingDate.getTime() + URL_LIFE_SECONDS * 1_000).toISOString() };
  }
}
