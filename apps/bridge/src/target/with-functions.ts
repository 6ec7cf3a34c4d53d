import { callWithin, type ServedRelease } from '../call/index.ts';
import { FunctionHost, type FunctionHostOptions } from '../logic/function-host.ts';

/** A release with what runs its functions. */
export function withFunctions(release: ServedRelease, options: Omit<FunctionHostOptions, 'makeCall'>): ServedRelease {
  const served: ServedRelease = {
    ...release,
    functions: new FunctionHost({ ...options, makeCall: (nested) => callWithin({ ...nested, served }) }),
  };
  return served;
}
