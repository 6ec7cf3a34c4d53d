import type { StorageBucket } from '@santokit/contract';

/** What a request to a store is signed with. */
export interface StorageCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A bucket that can be reached. */
export interface StoreConfig {
  readonly bucket: StorageBucket;
  readonly credentials: StorageCredentials;
}
