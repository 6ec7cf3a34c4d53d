// Turns bucket policies into presigned requests to an S3-compatible store, which `@santokit/storage/store` signs and sends.
export { type CompiledStorageResult, compileStorage, type FileColumns } from './compile-storage.ts';
export { type KeyPattern, matchKey, parseKeyPattern } from './key-pattern.ts';
export { objectKey } from './object-key.ts';
export { MOST_OBJECT_BYTES, partCountOf, partSizeOf } from './part-sizes.ts';
export type { PartRequest, PutRequest, SignedRequest, Store, StoredObject, UploadedPart } from './store/store.ts';
export type { StorageCredentials, StoreConfig } from './store-config.ts';
export { type Upload, type UploadedObject, uploadIdOf, uploadOf } from './upload-id.ts';
