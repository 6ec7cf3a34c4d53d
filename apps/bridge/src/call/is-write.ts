import { RULES_OF_OPERATION } from '@santokit/contract';
import type { ServedRelease } from './served-release.ts';

/** Whether the path leads to something that changes rows. */
export function isWrite({ routes }: ServedRelease, path: string): boolean {
  const route = routes.get(path);
  return route !== undefined && RULES_OF_OPERATION[route.operation].some((rule) => rule !== 'select');
}
