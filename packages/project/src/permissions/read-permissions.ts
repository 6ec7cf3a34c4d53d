import { type Mask, TABLE_OPERATIONS, type TableOperation } from '@santokit/contract';
import { isSeq, type Node } from 'yaml';
import type { OperationRulesSource, PermissionsSource, RuleSource } from '../permissions-source.ts';
import { readVersionedRoot } from '../read-versioned-root.ts';
import type { Located, Member, YamlFile } from '../yaml-file.ts';
import { readRoles } from './read-roles.ts';

const RULE_KEYS: Readonly<Record<TableOperation, readonly string[]>> = {
  select: ['roles', 'condition', 'columns', 'limit', 'mask'],
  insert: ['roles', 'condition', 'columns', 'set', 'check'],
  update: ['roles', 'condition', 'columns', 'set', 'check'],
  delete: ['roles', 'condition'],
};
const MASKS: readonly Mask[] = ['hide', 'last4', 'hash'];

/** Reads `config/permissions.yaml`. */
export function readPermissions(file: YamlFile): PermissionsSource {
  const root = readVersionedRoot(file, 'the permissions', ['tables', 'logics', 'events']);
  const section = (name: string): Member[] => {
    const value = root?.get(name)?.value ?? null;
    return value === null ? [] : [...(file.readMembers(value, `"${name}"`)?.values() ?? [])];
  };
  const tables = section('tables').map(({ key, value }) => ({
    table: key,
    operations: readOperations(file, key, value),
  }));
  const logics = section('logics').flatMap((member) => readLogicRules(file, member) ?? []);
  const events = section('events').flatMap((member) => readEventRules(file, member) ?? []);
  return { tables, ...(logics.length === 0 ? {} : { logics }), ...(events.length === 0 ? {} : { events }) };
}

function readOperations(file: YamlFile, table: Located, node: Node | null): OperationRulesSource[] {
  const members = file.readMapping(node, `the permissions of "${table.value}"`, TABLE_OPERATIONS);
  return TABLE_OPERATIONS.flatMap((operation) => {
    const member = members?.get(operation);
    if (member === undefined) return [];
    // One rule may stand without the list.
    const nodes = isSeq(member.value) ? (file.readItems(member.value, operation) ?? []) : [member.value];
    const rules = nodes.flatMap((rule) => readRule(file, operation, rule, RULE_KEYS[operation]) ?? []);
    return [{ operation, at: member.key, rules }];
  });
}

/** One rule or a list of them, behind a pattern of names. */
function readLogicRules(file: YamlFile, { key, value }: Member): LogicRulesSource | undefined {
  if (!LOGIC_PATTERN.test(key.value))
    return file.report(
      key,
      `"${key.value}" is no pattern of names: segments between "/" are a name, "*" (any one) or "**" (any number)`,
    );
  const nodes = isSeq(value) ? (file.readItems(value, key.value) ?? []) : [value];
  const rules = nodes.flatMap((rule) => readRule(file, key.value, rule, ['roles', 'condition']) ?? []);
  return { pattern: key, rules };
}

/** `{ publish: … }`, one rule or a list of them. */
function readEventRules(file: YamlFile, { key, value }: Member): EventRulesSource | undefined {
  const publish = file.readMapping(value, `the permissions of "${key.value}"`, ['publish'])?.get('publish')?.value;
  if (publish === undefined) return undefined;
  const nodes = isSeq(publish) ? (file.readItems(publish, 'publish') ?? []) : [publish];
  return { topic: key, rules: nodes.flatMap((rule) => readRule(file, 'publish', rule, ['roles', 'condition']) ?? []) };
}

type EventRulesSource = NonNullable<PermissionsSource['events']>[number];
type LogicRulesSource = NonNullable<PermissionsSource['logics']>[number];
const SEGMENT = '(?:[A-Za-z0-9_][A-Za-z0-9_-]*|\\*\\*?)';
const LOGIC_PATTERN = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);

function readRule(file: YamlFile, of: string, node: Node | null, keys: readonly string[]): RuleSource | undefined {
  const members = file.readMapping(node, `a rule of "${of}"`, keys);
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
