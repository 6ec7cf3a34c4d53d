import { callWithin } from '../call/call-within.ts';
import type { ServedRelease } from '../call/served-release.ts';
import { FunctionHost, type FunctionHostOptions } from './function-host.ts';

/** A release with what runs its functions. */
export function withFunctions(release: ServedRelease, options: Omit<FunctionHostOptions, 'makeCall'>): ServedRelease {
  const served: ServedRelease = {
    ...release,
    functions: new FunctionHost({ ...options, makeCall: (nested) => callWithin({ ...nested, served }) }),
  };
  return served;
}
