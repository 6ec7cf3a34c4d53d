import type { z } from 'zod';

/** Says of the first thing that is wrong with a call's params which one it is. */
export function argsProblem({ issues: [issue] }: z.ZodError, params: unknown): string {
  if (issue === undefined) return 'Invalid params';
  const path = issue.path.map(String).join('.');
  if (path === '') {
    if (issue.code === 'unrecognized_keys') return `Unknown param: ${issue.keys[0] ?? ''}`;
    return issue.code === 'custom' ? issue.message : 'The params must be an object';
  }
  if (issue.code === 'unrecognized_keys') return `Unknown param: ${path}.${issue.keys[0] ?? ''}`;
  if (issue.code !== 'invalid_type') return `Invalid value for param: ${path} (${issue.message})`;
  return isMissing(params, issue.path) ? `Missing required param: ${path}` : `Invalid type for param: ${path}`;
}

/** Issues do not hold what was sent. */
function isMissing(params: unknown, path: readonly PropertyKey[]): boolean {
  let value = params;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return true;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return false;
}
