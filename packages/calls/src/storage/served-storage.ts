import { type CompiledStorage, type KeyPolicy, StkError, type StorageBucket } from '@santokit/contract';
import { type KeyPattern, parseKeyPattern } from '@santokit/storage';

/** A bucket of a release, its patterns parsed. */
export interface ServedBucket {
  readonly name: string;
  readonly bucket: StorageBucket;
  /** The most specific pattern first. */
  readonly policies: readonly { readonly pattern: KeyPattern; readonly policy: KeyPolicy }[];
}

/** The buckets of a release by name. @throws StkError `BAD_REQUEST` for a pattern that is none */
export function bucketsOf(storage: CompiledStorage | undefined): ReadonlyMap<string, ServedBucket> {
  const { buckets = {}, policies = {} } = storage ?? {};
  return new Map(
    Object.entries(buckets).map(([name, bucket]) => {
      const rules = Object.hasOwn(policies, name) ? (policies[name] ?? []) : [];
      return [name, { name, bucket, policies: rules.map((policy) => ({ pattern: patternOf(policy), policy })) }];
    }),
  );
}

function patternOf({ pattern }: KeyPolicy): KeyPattern {
  const parsed = parseKeyPattern(pattern);
  if (typeof parsed === 'string') throw new StkError('BAD_REQUEST', `The pattern ${pattern} is none: ${parsed}`);
  return parsed;
}
