import {
  type CompiledPermissions,
  type CompiledRule,
  type Principal,
  type Schema,
  TABLE_OPERATIONS,
  type Table,
  type TableOperation,
} from '@santokit/contract';
import { chosenRule } from './admitted-rule.ts';
import { openColumns } from './open-columns.ts';
import { type IsKnown, mentionsUnknown, type Reach, type ReachCase, reachCases } from './reach-cases.ts';

/** Rules, and the tables that they are about. */
export interface Rules {
  readonly schema: Schema;
  readonly permissions: CompiledPermissions;
}

/** Callers for whom the same rules decide. */
export interface CallerGroup {
  /** As it is shown: a role, or who it is. */
  readonly role: string;
  readonly callers: 'any' | Principal['type'];
  readonly principal: Principal;
}

/** What other rules change for some callers in one operation on one table. */
export interface AccessChange extends CallerGroup {
  readonly table: string;
  readonly operation: TableOperation;
  /** What to count rows by; none of an insert, which reaches no rows; undefined where too much is not known of the caller. */
  readonly cases: readonly ReachCase[] | undefined;
  /** Whether a condition speaks of what is not known of the caller. */
  readonly dependsOnCaller: boolean;
  readonly columns: { readonly opened: readonly string[]; readonly closed: readonly string[] };
  /** What changes beside rows and columns. */
  readonly notes: readonly string[];
}

/**
 * Finds where other rules decide otherwise, role by role and table by table: each role that is named, held alone, and the two that
 * are held without being given; or for one caller only.
 */
export function compareAccess(before: Rules, after: Rules, caller?: Principal): AccessChange[] {
  const groups =
    caller === undefined
      ? rolesIn(before, after)
      : [
          [
            {
              role: caller.sub === null ? 'key' : `user:${caller.sub}`,
              callers: caller.type,
              principal: caller,
            } as const,
          ],
        ];
  const isKnown = caller === undefined ? isKnownOfRole : isKnownOfCaller;
  const tables = new Set([...Object.keys(before.schema), ...Object.keys(after.schema)]);
  return groups.flatMap((kinds) =>
    [...tables].toSorted().flatMap((table) =>
      TABLE_OPERATIONS.flatMap((operation) => {
        const changes = kinds.flatMap((group) => {
          const [old, next] = [decidedBy(before, group, table, operation), decidedBy(after, group, table, operation)];
          return changeOf({ group, table, operation, before: old, after: next, isKnown }) ?? [];
        });
        return merged(changes, kinds.length);
      }),
    ),
  );
}

/** A role as an end user and as an API key may hold it. */
function rolesIn(...rules: readonly Rules[]): CallerGroup[][] {
  const named = rules.flatMap(({ permissions }) =>
    Object.values(permissions.tables).flatMap((operations) =>
      TABLE_OPERATIONS.flatMap((operation) => (operations[operation] ?? []).flatMap(({ roles }) => roles)),
    ),
  );
  const given = [...new Set(named)].filter((role) => role !== 'public' && role !== 'authenticated').toSorted();
  return [
    [groupOf('public', 'api_key', [])],
    [groupOf('authenticated', 'user', [])],
    ...given.map((role) => [groupOf(role, 'user', [role]), groupOf(role, 'api_key', [role])]),
  ];
}

function groupOf(role: string, type: Principal['type'], roles: readonly string[]): CallerGroup {
  return { role, callers: type, principal: { type, sub: null, roles, claims: {} } };
}

/** Of who holds a role only that is known, and what they are. */
const isKnownOfRole: IsKnown = ([first, second]) =>
  first === 'time' || first === 'env' || (first === 'auth' && (second === 'roles' || second === 'type'));
const isKnownOfCaller: IsKnown = ([first]) => first !== 'params';

interface Side {
  readonly table: Table | undefined;
  readonly rule: CompiledRule | undefined;
}

function decidedBy(
  { schema, permissions }: Rules,
  { principal }: CallerGroup,
  name: string,
  operation: TableOperation,
): Side {
  const rules = (Object.hasOwn(permissions.tables, name) ? permissions.tables[name]?.[operation] : undefined) ?? [];
  return { table: Object.hasOwn(schema, name) ? schema[name] : undefined, rule: rules[chosenRule(rules, principal)] };
}

interface SidesOf {
  readonly group: CallerGroup;
  readonly table: string;
  readonly operation: TableOperation;
  readonly before: Side;
  readonly after: Side;
  readonly isKnown: IsKnown;
}

function changeOf({ group, table, operation, before, after, isKnown }: SidesOf): AccessChange | undefined {
  const reach = { before: reachOf(before.rule), after: reachOf(after.rule) };
  const columns = columnChange(operation, before, after);
  const notes = notesOn(before.rule, after.rule);
  const isSameReach = JSON.stringify(reach.before) === JSON.stringify(reach.after);
  if (isSameReach && columns.opened.length + columns.closed.length + notes.length === 0) return undefined;
  const dependsOnCaller =
    !isSameReach && Object.values(reach).some((side) => typeof side !== 'boolean' && mentionsUnknown(side, isKnown));
  const cases = operation === 'insert' || isSameReach ? [] : reachCases(reach, isKnown);
  return { ...group, table, operation, cases, dependsOnCaller, columns, notes };
}

function reachOf(rule: CompiledRule | undefined): Reach {
  return rule === undefined ? false : (rule.condition ?? true);
}

function columnChange(operation: TableOperation, before: Side, after: Side): AccessChange['columns'] {
  const [old, next] = [openness(operation, before), openness(operation, after)];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  const level = (side: ReadonlyMap<string, number>, name: string) => side.get(name) ?? 0;
  return {
    opened: names.filter((name) => level(next, name) > level(old, name)),
    closed: names.filter((name) => level(next, name) < level(old, name)),
  };
}

/** How far each column is open: 1 masked, 2 whole. */
function openness(operation: TableOperation, { table, rule }: Side): ReadonlyMap<string, number> {
  if (table === undefined || rule === undefined) return new Map();
  return new Map(
    openColumns(table, operation, rule).map((name) => [
      name,
      rule.mask !== undefined && Object.hasOwn(rule.mask, name) ? 1 : 2,
    ]),
  );
}

function notesOn(before: CompiledRule | undefined, after: CompiledRule | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const differ = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  return [
    ...(differ(before.check, after.check) ? ['the check of written rows changes'] : []),
    ...(differ(before.set, after.set) ? ['what the server writes changes'] : []),
    ...(differ(before.mask, after.mask) ? ['the masks change'] : []),
    ...(before.limit === after.limit
      ? []
      : [`the limit goes from ${before.limit ?? 'none'} to ${after.limit ?? 'none'}`]),
  ];
}

/** One change in place of two that say the same of end users and of API keys. */
function merged(changes: readonly AccessChange[], kinds: number): readonly AccessChange[] {
  const [first, second] = changes;
  if (first === undefined || second === undefined || kinds === 1) return changes;
  const said = ({ callers: _, principal: __, ...rest }: AccessChange) => JSON.stringify(rest);
  return said(first) === said(second) ? [{ ...first, callers: 'any' }] : changes;
}
