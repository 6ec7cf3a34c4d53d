import { type Mask, TABLE_OPERATIONS, type TableOperation } from '@santokit/contract';
import { isSeq, type Node } from 'yaml';
import type { OperationRulesSource, PermissionsSource, RuleSource } from '../permissions-source.ts';
import { readVersionedRoot } from '../read-versioned-root.ts';
import type { Located, YamlFile } from '../yaml-file.ts';

const RULE_KEYS: Readonly<Record<TableOperation, readonly string[]>> = {
  select: ['roles', 'condition', 'columns', 'limit', 'mask'],
  insert: ['roles', 'columns', 'set', 'check'],
  update: ['roles', 'condition', 'columns', 'set', 'check'],
  delete: ['roles', 'condition'],
};
const MASKS: readonly Mask[] = ['hide', 'last4', 'hash'];

/** Reads `config/permissions.yaml`. Sections of logic and events are read by the parts that serve them. */
export function readPermissions(file: YamlFile): PermissionsSource {
  const root = readVersionedRoot(file, 'the permissions', ['tables', 'logics', 'events']);
  const tables = root?.get('tables');
  if (tables === undefined || tables.value === null) return { tables: [] };
  const members = file.readMembers(tables.value, '"tables"') ?? new Map();
  return {
    tables: [...members.values()].map(({ key, value }) => ({
      table: key,
      operations: readOperations(file, key, value),
    })),
  };
}

function readOperations(file: YamlFile, table: Located, node: Node | null): OperationRulesSource[] {
  const members = file.readMapping(node, `the permissions of "${table.value}"`, TABLE_OPERATIONS);
  return TABLE_OPERATIONS.flatMap((operation) => {
    const member = members?.get(operation);
    if (member === undefined) return [];
    // One rule may stand without the list.
    const nodes = isSeq(member.value) ? (file.readItems(member.value, operation) ?? []) : [member.value];
    const rules = nodes.flatMap((rule) => readRule(file, operation, rule) ?? []);
    return [{ operation, at: member.key, rules }];
  });
}

function readRule(file: YamlFile, operation: TableOperation, node: Node | null): RuleSource | undefined {
  const what = `a rule of "${operation}"`;
  const members = file.readMapping(node, what, RULE_KEYS[operation]);
  if (members === undefined) return undefined;
  const roles = readRoles(file, node, members.get('roles')?.value);
  const text = (key: string) =>
    members.has(key) ? file.readExpression(members.get(key)?.value, `"${key}"`) : undefined;
  const condition = text('condition');
  const check = text('check');
  const columns = members.has('columns') ? file.readTexts(members.get('columns')?.value, '"columns"') : undefined;
  const set = members.has('set') ? readSet(file, members.get('set')?.value) : undefined;
  const limit = members.has('limit') ? file.readCount(members.get('limit')?.value, '"limit"', { least: 1 }) : undefined;
  const mask = members.has('mask') ? readMask(file, members.get('mask')?.value) : undefined;
  return {
    at: file.positionOf(node),
    roles,
    ...(condition === undefined ? {} : { condition }),
    ...(check === undefined ? {} : { check }),
    ...(columns === undefined ? {} : { columns }),
    ...(set === undefined ? {} : { set }),
    ...(limit === undefined ? {} : { limit }),
    ...(mask === undefined ? {} : { mask }),
  };
}

function readRoles(file: YamlFile, rule: Node | null, node: Node | null | undefined): Located[] {
  if (node === undefined) return file.report(rule, 'A rule needs "roles": a list such as [authenticated]') ?? [];
  const roles = file.readTexts(node, '"roles"') ?? [];
  if (roles.length === 0)
    file.report(node, '"roles" is empty: the rule would never match; take it away or name a role');
  for (const role of roles) if (role.value.trim() === '') file.report(role, 'A role must not be empty');
  return roles;
}

function readSet(file: YamlFile, node: Node | null | undefined): RuleSource['set'] {
  return [...(file.readMembers(node, '"set"')?.values() ?? [])].flatMap(({ key, value }) => {
    const expression = file.readExpression(value, `"set.${key.value}"`);
    return expression === undefined ? [] : [{ column: key, expression }];
  });
}

function readMask(file: YamlFile, node: Node | null | undefined): RuleSource['mask'] {
  return [...(file.readMembers(node, '"mask"')?.values() ?? [])].flatMap(({ key, value }) => {
    const mask = file.readChoice(value, `"mask.${key.value}"`, MASKS);
    return mask === undefined ? [] : [{ column: key, mask }];
  });
}
