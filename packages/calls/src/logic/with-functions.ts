import { callWithin } from '../call/call-within.ts';
import type { ServedRelease } from '../call/served-release.ts';
import type { FunctionRunner } from './logic-request.ts';

/**
 * A release with what runs its functions.
 * @param runnerOf is given how the calls of a function are made within its transaction
 */
export function withFunctions(
  release: ServedRelease,
  runnerOf: (makeCall: FunctionRunner['makeCall']) => FunctionRunner,
): ServedRelease {
  const served: ServedRelease = {
    ...release,
    functions: runnerOf((nested) => callWithin({ ...nested, served })),
  };
  return served;
}
