import type { CompiledRelease } from '@santokit/contract';
import type { FunctionPool } from '@santokit/runtime';
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

/** Starts the processes that its functions run in, ahead of the first call. Nobody waits for it. */
export function warmUp(
  pool: FunctionPool,
  { logics = {} }: CompiledRelease,
  artifacts: ReadonlyMap<string, string>,
): void {
  const first = Object.values(logics).find((logic) => logic.kind === 'function');
  const text = first === undefined ? undefined : artifacts.get(first.base);
  if (first !== undefined && text !== undefined) pool.warm({ hash: first.base, text });
}
