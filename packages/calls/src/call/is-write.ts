import { RULES_OF_OPERATION } from '@santokit/contract';
import { changesRows } from '@santokit/runtime';
import { isPublish } from './call.ts';
import type { ServedRelease } from './served-release.ts';

/** Whether the path leads to something that changes rows. */
export function isWrite({ routes, logics }: ServedRelease, path: string): boolean {
  if (isPublish(path)) return true;
  const logic = logics.get(path);
  if (logic !== undefined) return changesRows(logic.logic);
  const route = routes.get(path);
  return route !== undefined && RULES_OF_OPERATION[route.operation].some((rule) => rule !== 'select');
}
