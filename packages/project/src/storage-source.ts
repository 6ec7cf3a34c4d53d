import type { StorageBucket, StorageOperation } from '@santokit/contract';
import type { Located } from './yaml-file.ts';

/** A storage rule as written: structure checked, its expression not yet. */
export interface StorageRuleSource {
  readonly roles: readonly Located[];
  readonly condition?: Located;
  readonly maxSizeBytes?: number;
  readonly allowedTypes?: readonly string[];
}

export interface KeyPolicySource {
  readonly pattern: Located;
  readonly operations: readonly {
    readonly operation: StorageOperation;
    readonly rules: readonly StorageRuleSource[];
  }[];
}

/** `config/storage.yaml`, structure checked; `packages/storage` compiles it. */
export interface StorageSource {
  /** Every bucket's name, also of those that have a problem. */
  readonly declared: readonly string[];
  readonly buckets: Readonly<Record<string, StorageBucket>>;
  readonly policies: readonly { readonly bucket: Located; readonly keys: readonly KeyPolicySource[] }[];
}
