import type { CompiledRelease } from '@santokit/contract';
import type { FunctionPool } from '@santokit/runtime';

/** Starts the processes that the functions of a release run in, ahead of the first call. Nobody waits for it. */
export function warmUp(
  pool: FunctionPool,
  { logics = {} }: CompiledRelease,
  artifacts: ReadonlyMap<string, string>,
): void {
  const first = Object.values(logics).find((logic) => logic.kind === 'function');
  const text = first === undefined ? undefined : artifacts.get(first.base);
  if (first !== undefined && text !== undefined) pool.warm({ hash: first.base, text });
}
