import {
  type CompiledLogic,
  type CompiledRule,
  type CompiledStorage,
  type Json,
  type KeyPolicy,
  STORAGE_OPERATIONS,
  type StorageRule,
} from '@santokit/contract';
import { expressionText } from '@santokit/policy';
import { mapValues } from './map-values.ts';

/** A rule as plain JSON, with CEL in place of its compiled expressions. */
export function readableRule({ condition, check, set, ...rule }: CompiledRule): Readonly<Record<string, Json>> {
  return {
    ...rule,
    ...(condition === undefined ? {} : { condition: expressionText(condition) }),
    ...(check === undefined ? {} : { check: expressionText(check) }),
    ...(set === undefined ? {} : { set: mapValues(set, expressionText) }),
  };
}

/** Logic as plain JSON, with CEL in place of its compiled condition. */
export function readableLogic({ condition, ...logic }: CompiledLogic): Readonly<Record<string, Json>> {
  const rest = logic as unknown as Readonly<Record<string, Json>>;
  return condition === undefined ? rest : { ...rest, condition: expressionText(condition) };
}

/** Buckets and policies as plain JSON, by pattern: which of them stands first follows from what they say. */
export function readableStorage({ buckets, policies }: CompiledStorage): Readonly<Record<string, Json>> {
  const byPattern = (keys: readonly KeyPolicy[]) =>
    Object.fromEntries(keys.map((policy) => [policy.pattern, readableOperations(policy)]));
  return { buckets: mapValues(buckets, (bucket) => ({ ...bucket })), policies: mapValues(policies, byPattern) };
}

function readableOperations(policy: KeyPolicy): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    STORAGE_OPERATIONS.flatMap((operation) => {
      const rules = policy[operation];
      return rules === undefined ? [] : [[operation, rules.map(readableStorageRule)]];
    }),
  );
}

function readableStorageRule({ condition, ...rule }: StorageRule): Json {
  return { ...rule, ...(condition === undefined ? {} : { condition: expressionText(condition) }) };
}
