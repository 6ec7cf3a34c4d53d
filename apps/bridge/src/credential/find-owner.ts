import { StkError } from '@santokit/contract';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import type { Hint } from './authenticate.ts';

/**
 * The env that knows a key, looked for further when none does.
 * @throws StkError `SERVICE_UNAVAILABLE` while some env's keys were never pulled: the credential may be a good one
 */
export async function findOwner(
  find: () => Target | undefined,
  targets: Targets,
  hint: Hint,
): Promise<Target | undefined> {
  const known = find();
  if (known !== undefined) return known;
  await targets.lookFurther(hint);
  const found = find();
  if (found === undefined && !targets.knowsAllKeys)
    throw new StkError('SERVICE_UNAVAILABLE', 'The keys are not loaded yet');
  return found;
}
