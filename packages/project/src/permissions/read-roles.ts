import type { Node } from 'yaml';
import type { Located, YamlFile } from '../yaml-file.ts';

/** The roles of a rule, which every rule needs. */
export function readRoles(file: YamlFile, rule: Node | null, node: Node | null | undefined): Located[] {
  if (node === undefined) return file.report(rule, 'A rule needs "roles": a list such as [authenticated]') ?? [];
  const roles = file.readTexts(node, '"roles"') ?? [];
  if (roles.length === 0)
    file.report(node, '"roles" is empty: the rule would never match; take it away or name a role');
  for (const role of roles) if (role.value.trim() === '') file.report(role, 'A role must not be empty');
  return roles;
}
