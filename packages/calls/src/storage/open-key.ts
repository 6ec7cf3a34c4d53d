import { type RequestContext, StkError, type StorageOperation, type StorageRule } from '@santokit/contract';
import { holds, namesRole, type Value } from '@santokit/policy';
import { matchKey } from '@santokit/storage';
import type { ServedBucket } from './served-storage.ts';

/** What is to be done to an object. */
export interface KeyRequest {
  readonly bucket: ServedBucket;
  readonly key: string;
  readonly operation: StorageOperation;
  readonly request: RequestContext;
}

/**
 * The rule under which a caller may do something to an object: of the most specific pattern that matches its key, the first that names
 * a role of the caller.
 * @throws StkError `FORBIDDEN` where no pattern matches, no rule names a role, or its condition does not hold
 */
export function openKey({ bucket, key, operation, request }: KeyRequest): StorageRule {
  for (const { pattern, policy } of bucket.policies) {
    const bound = matchKey(pattern, key);
    if (bound === undefined) continue;
    const rule = policy[operation]?.find(({ roles }) => namesRole({ roles }, request.auth));
    if (rule !== undefined && isOpen(rule, bound, request)) return rule;
    break;
  }
  throw new StkError('FORBIDDEN', 'You may not do this');
}

function isOpen({ condition }: StorageRule, bound: ReadonlyMap<string, string>, request: RequestContext): boolean {
  if (condition === undefined) return true;
  const variables: Record<string, Value> = {};
  for (const [name, value] of bound) variables[`path.${name}`] = { type: 'string', value };
  return holds(condition, { request, variables });
}
