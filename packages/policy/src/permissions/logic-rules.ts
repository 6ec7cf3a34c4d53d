import type { CompiledPermissions, CompiledRule } from '@santokit/contract';

/**
 * The rules of `config/permissions.yaml` that decide about a piece of logic: those of the most specific pattern that matches its name.
 * Undefined where none does. From the left, a name is more specific than `*`, and `*` than `**`.
 */
export function logicRules(logics: CompiledPermissions['logics'], name: string): readonly CompiledRule[] | undefined {
  const matching = Object.keys(logics ?? {}).filter((pattern) => matches(pattern.split('/'), name.split('/')));
  const [best] = matching.toSorted(bySpecificity);
  return best === undefined ? undefined : logics?.[best];
}

function matches([segment, ...pattern]: readonly string[], name: readonly string[]): boolean {
  if (segment === undefined) return name.length === 0;
  if (segment === '**') return name.some((_, index) => matches(pattern, name.slice(index))) || matches(pattern, []);
  const [first, ...rest] = name;
  return first !== undefined && (segment === '*' || segment === first) && matches(pattern, rest);
}

function bySpecificity(left: string, right: string): number {
  const [ours, theirs] = [left.split('/').map(rank), right.split('/').map(rank)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const difference = (ours[index] ?? ANY_NUMBER) - (theirs[index] ?? ANY_NUMBER);
    if (difference !== 0) return difference;
  }
  // What says more is more specific: `a/**/b` before `a/**`.
  return theirs.length - ours.length;
}

const ANY_NUMBER = 2;

function rank(segment: string): number {
  if (segment === '**') return ANY_NUMBER;
  return segment === '*' ? 1 : 0;
}
