import type { LogicParam, LogicValue } from '@santokit/contract';
import { didYouMean } from '@santokit/project';

/**
 * What a name behind a colon stands for, or what is wrong with it.
 * @param params undefined where they could not be read: any name may be one then
 * @param parts which of `event` and `result` there are where it stands
 */
export function logicValue(
  name: string,
  params: ReadonlyMap<string, LogicParam> | undefined,
  parts: readonly ('event' | 'result')[],
): LogicValue | { readonly problem: string } {
  if (params?.has(name) === true) return { from: 'param', name };
  if (name === 'auth.sub') return { from: 'auth', name: 'sub' };
  if (name === 'auth.roles') return { from: 'auth', name: 'roles' };
  if (name === 'now' || name === 'env') return { from: name };
  for (const from of parts) {
    if (name.startsWith(`${from}.`)) return { from, name: name.slice(from.length + 1) };
    if (name === from) return { problem: `":${from}" is not a value; take a part of it, such as :${from}.id` };
  }
  if (name === 'auth' || name.startsWith('auth.'))
    return { problem: `":${name}" is not a value; allowed: :auth.sub, :auth.roles` };
  if (params === undefined) return { from: 'param', name };
  const known = [...params.keys(), 'auth.sub', 'auth.roles', 'now', 'env'];
  return { problem: `Unknown param ":${name}"${didYouMean(name, known)}; declare it under "params"` };
}
