import { StkError } from '@santokit/contract';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import type { Hint } from './hint.ts';

/**
 * The envs that know a key, looked for further when none does.
 * @throws StkError `SERVICE_UNAVAILABLE` while some env's keys were never pulled: the credential may be a good one
 */
export async function findOwners(
  find: () => readonly Target[],
  targets: Targets,
  hint: Hint,
): Promise<readonly Target[]> {
  const known = find();
  if (known.length > 0) return known;
  await targets.lookFurther(hint);
  const found = find();
  if (found.length === 0 && !targets.knowsAllKeys)
    throw new StkError('SERVICE_UNAVAILABLE', 'The keys are not loaded yet');
  return found;
}
