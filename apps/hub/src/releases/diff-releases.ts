import type { Comparison, CompiledRelease, Difference, Json } from '@santokit/contract';
import { canonicalJson } from '@santokit/crypto';
import { mapValues } from './map-values.ts';
import { readableLogic, readableRule, readableStorage } from './readable-rule.ts';

/**
 * Every section of two releases with what differs in it, in the order of the release. Lists of names are compared whole, lists
 * of rules or indexes item by item, expressions as the CEL text that they come from.
 */
export function diffReleases(before: CompiledRelease, after: CompiledRelease): Comparison['sections'] {
  const [left, right] = [readable(before), readable(after)];
  const sections = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...sections].map((section) => ({
    section,
    differences: diffValues(`/${section}`, left[section], right[section]),
  }));
}

type Value = Json | undefined;

/** The release as plain JSON, with CEL in its rules in place of compiled expressions. */
function readable(release: CompiledRelease): Readonly<Record<string, Json>> {
  const tables = mapValues(release.permissions.tables, (operations) =>
    mapValues(operations, (rules = []) => rules.map(readableRule)),
  );
  const { logics, events } = release.permissions;
  const permissions = {
    tables,
    ...(logics === undefined ? {} : { logics: mapValues(logics, (rules) => rules.map(readableRule)) }),
    ...(events === undefined
      ? {}
      : { events: mapValues(events, ({ publish }) => ({ publish: publish.map(readableRule) })) }),
  };
  const sections = release as unknown as Readonly<Record<string, Json>>;
  return {
    ...sections,
    permissions,
    ...(release.logics === undefined ? {} : { logics: mapValues(release.logics, readableLogic) }),
    ...(release.storage === undefined ? {} : { storage: readableStorage(release.storage) }),
  };
}

function diffValues(path: string, before: Value, after: Value): Difference[] {
  if (before === undefined || after === undefined || isLeaf(before) || isLeaf(after))
    return diffLeaves(path, before, after);
  if (isList(before) || isList(after))
    return isList(before) && isList(after) ? diffLists(path, before, after) : diffLeaves(path, before, after);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .toSorted()
    .flatMap((key) => diffValues(`${path}/${escaped(key)}`, memberOf(before, key), memberOf(after, key)));
}

function isLeaf(value: Json): value is null | boolean | number | string | readonly Json[] {
  if (typeof value !== 'object' || value === null) return true;
  return isList(value) && value.every(isLeaf);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function diffLeaves(path: string, before: Value, after: Value): Difference[] {
  if (before === undefined) return after === undefined ? [] : [{ path, change: 'added', after }];
  if (after === undefined) return [{ path, change: 'removed', before }];
  return isSame(before, after) ? [] : [{ path, change: 'changed', before, after }];
}

/** What both begin and end with is the same, so that an item that came in between is told alone. */
function diffLists(path: string, before: readonly Json[], after: readonly Json[]): Difference[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;
  const left = before.slice(start, before.length - end);
  const right = after.slice(start, after.length - end);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    diffValues(`${path}/${start + index}`, left[index], right[index]),
  ).flat();
}

function isSame(before: Value, after: Value): boolean {
  return canonicalJson(before ?? null) === canonicalJson(after ?? null);
}

function memberOf(object: object, key: string): Value {
  return Object.hasOwn(object, key) ? (object as Record<string, Json>)[key] : undefined;
}

/** A key within a JSON pointer (RFC 6901, section 3). */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
