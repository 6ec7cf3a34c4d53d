import type { Mask, TableOperation } from '@santokit/contract';
import type { Located, Position } from './yaml-file.ts';

/** A rule as written: structure checked, names and expressions not yet. */
export interface RuleSource {
  readonly at: Position;
  readonly roles: readonly Located[];
  readonly condition?: Located;
  readonly check?: Located;
  readonly columns?: readonly Located[];
  readonly set?: readonly { readonly column: Located; readonly expression: Located }[];
  readonly limit?: number;
  readonly mask?: readonly { readonly column: Located; readonly mask: Mask }[];
}

export interface OperationRulesSource {
  readonly operation: TableOperation;
  readonly at: Position;
  readonly rules: readonly RuleSource[];
}

/** `config/permissions.yaml`, structure checked; `packages/policy` compiles it. */
export interface PermissionsSource {
  readonly tables: readonly { readonly table: Located; readonly operations: readonly OperationRulesSource[] }[];
  /** Rules of logic, by pattern of its name. */
  readonly logics?: readonly { readonly pattern: Located; readonly rules: readonly RuleSource[] }[];
  /** Rules of publishing, by topic. */
  readonly events?: readonly { readonly topic: Located; readonly rules: readonly RuleSource[] }[];
}
