import type { Expression } from './expression.ts';

/** A bucket of an S3-compatible store. Its credentials are never in a release. */
export interface StorageBucket {
  readonly provider: 's3';
  /** The store's own name for it. */
  readonly bucket: string;
  readonly region: string;
  /** An `http(s)` URL; absent: Amazon's own for the region. */
  readonly endpoint?: string;
  /** Whether the bucket stands in the path, not in the host's name. */
  readonly forcePathStyle: boolean;
}

export const STORAGE_OPERATIONS = ['upload', 'download', 'delete'] as const;
export type StorageOperation = (typeof STORAGE_OPERATIONS)[number];

/** Who may do an operation on the keys of a pattern. Sizes and types are of uploads. */
export interface StorageRule {
  readonly roles: readonly string[];
  /** Over the request and the pattern's variables: `{ kind: 'variable', name: 'path.userId' }`. */
  readonly condition?: Expression;
  readonly maxSizeBytes?: number;
  /** `image/png`, or `image/*` for all of a kind; absent: any. */
  readonly allowedTypes?: readonly string[];
}

/** The rules of the keys that match a pattern, tried in their order. */
export type KeyPolicy = { readonly pattern: string } & {
  readonly [O in StorageOperation]?: readonly StorageRule[];
};

export interface CompiledStorage {
  readonly buckets: Readonly<Record<string, StorageBucket>>;
  /** By bucket; the most specific pattern first. */
  readonly policies: Readonly<Record<string, readonly KeyPolicy[]>>;
}

/** What is asked of a bucket, as it stands in a path: `storage/<bucket>/<call>`. */
export const STORAGE_CALLS = [
  'upload_sign',
  'download_sign',
  'delete',
  'multipart_create',
  'multipart_sign_part',
  'multipart_complete',
  'multipart_abort',
] as const;
export type StorageCall = (typeof STORAGE_CALLS)[number];
