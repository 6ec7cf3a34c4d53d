import type { Expression } from '@santokit/contract';
import { some } from '../expression/rows.ts';

/** Which rows a rule reaches: those that meet an expression, all or none. */
export type Reach = Expression | boolean;

/** The reach before and after, for one way in which what is not known can turn out. */
export interface ReachCase {
  readonly before: Reach;
  readonly after: Reach;
}

/** Whether a part of the request is known, by its path such as `['auth', 'sub']`. */
export type IsKnown = (path: readonly string[]) => boolean;

/** Two to the power of this many cases are looked at. */
const MOST_UNKNOWNS = 5;

/**
 * Takes apart by cases what is said of a request that is not known whole. A comparison that speaks of what is not known is true in
 * one case and false in another, but the same before and after: so a row counts as opened only where some caller did not reach it
 * before and does now. One case where all is known; undefined where there would be too many.
 */
export function reachCases({ before, after }: ReachCase, isKnown: IsKnown): readonly ReachCase[] | undefined {
  const unknown = new Set<string>();
  for (const reach of [before, after]) if (typeof reach !== 'boolean') collect(reach, isKnown, unknown);
  const names = [...unknown];
  if (names.length > MOST_UNKNOWNS) return undefined;
  return Array.from({ length: 2 ** names.length }, (_, number) => {
    const truths = new Map(names.map((name, i) => [name, (number >> i) % 2 === 1]));
    const decide = (reach: Reach): Reach => (typeof reach === 'boolean' ? reach : decided(reach, isKnown, truths));
    return { before: decide(before), after: decide(after) };
  });
}

/** Whether an expression speaks of a part of the request that is not known. */
export function mentionsUnknown(expression: Expression, isKnown: IsKnown): boolean {
  return some(expression, (node) => node.kind === 'request' && !isKnown(node.path));
}

const CONNECTIVES: ReadonlySet<string> = new Set(['&&', '||', '!', '?:']);

function isConnective(node: Expression): node is Extract<Expression, { kind: 'call' }> {
  return node.kind === 'call' && node.type === 'bool' && CONNECTIVES.has(node.operator);
}

function collect(node: Expression, isKnown: IsKnown, unknown: Set<string>): void {
  if (!mentionsUnknown(node, isKnown)) return;
  if (isConnective(node)) for (const argument of node.arguments) collect(argument, isKnown, unknown);
  else unknown.add(nameOf(node));
}

function decided(node: Expression, isKnown: IsKnown, truths: ReadonlyMap<string, boolean>): Expression {
  if (!mentionsUnknown(node, isKnown)) return node;
  if (isConnective(node))
    return { ...node, arguments: node.arguments.map((argument) => decided(argument, isKnown, truths)) };
  return { kind: 'constant', type: 'bool', value: truths.get(nameOf(node)) ?? false };
}

/** The same for `a == b` and `b == a`. */
function nameOf(node: Expression): string {
  if (node.kind !== 'call' || node.operator !== '==') return JSON.stringify(node);
  return `==${node.arguments.map((argument) => JSON.stringify(argument)).toSorted()}`;
}
