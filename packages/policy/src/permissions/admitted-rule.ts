import {
  type CallOperation,
  type CompiledPermissions,
  type CompiledRule,
  type Expression,
  type Principal,
  type RequestContext,
  RULES_OF_OPERATION,
  type Table,
  type TableOperation,
} from '@santokit/contract';
import { holds } from '../expression/evaluate.ts';
import { mentionsRow } from '../expression/rows.ts';

/** Which rule decides for a caller, table by table. */
export interface RuleChoice {
  /** Undefined where no rule names a role of the caller: refused. */
  readonly ruleOf: (table: string, operation: TableOperation) => CompiledRule | undefined;
}

/** What is called. */
export interface CalledTable {
  readonly table: Pick<Table, 'name' | 'view'>;
  readonly operation: CallOperation;
}

/**
 * The rule under which a call goes ahead; undefined where it is refused. An operation that needs several rules has them all asked. A
 * condition that speaks of the request alone is answered here; one that speaks of rows is left to each row.
 */
export function admittedRule(
  choice: RuleChoice,
  { table, operation }: CalledTable,
  request: RequestContext,
): CompiledRule | undefined {
  const [first, ...others] = RULES_OF_OPERATION[operation];
  for (const other of others) {
    const rule = choice.ruleOf(table.name, other);
    if (rule === undefined || !admits(rule, request)) return undefined;
  }
  const rule = choice.ruleOf(table.name, first);
  return rule !== undefined && admits(rule, request) ? rule : undefined;
}

/** The rules of some permissions for one caller. */
export function choiceFor({ tables }: CompiledPermissions, principal: Principal): RuleChoice {
  return {
    ruleOf: (table, operation) => {
      const rules = (Object.hasOwn(tables, table) ? tables[table]?.[operation] : undefined) ?? [];
      return rules[chosenRule(rules, principal)];
    },
  };
}

/** Says why `admittedRule` refuses a call. */
export function whyRefused(choice: RuleChoice, { table, operation }: CalledTable): string {
  if (table.view && RULES_OF_OPERATION[operation][0] !== 'select')
    return `${table.name} is a view, whose rows are only read`;
  const missing = RULES_OF_OPERATION[operation].find((needed) => choice.ruleOf(table.name, needed) === undefined);
  return missing === undefined
    ? 'the condition of the rule does not hold for the request'
    : `no ${missing} rule of ${table.name} names a role of the caller`;
}

/** Whether a rule lets the request in, whatever it says of rows. */
export function admits({ condition }: CompiledRule, request: RequestContext): boolean {
  return condition === undefined || mentionsRow(condition) || holds(condition, { request });
}

/** The place of the rule that decides: the first that names a role of the caller, whatever its condition says; -1 for none. */
export function chosenRule(rules: readonly CompiledRule[], principal: Principal): number {
  return rules.findIndex((rule) => namesRole(rule, principal));
}

/** Whether one of the roles is the caller's. */
export function namesRole({ roles }: Pick<CompiledRule, 'roles'>, principal: Principal): boolean {
  return roles.some((role) => {
    if (role === 'public') return true;
    // Held by every end user and by nobody else: a key whose roles happen to list the word does not become one.
    if (role === 'authenticated') return principal.type === 'user';
    return principal.roles.includes(role);
  });
}

/** The part of a condition that each row has to meet; one about the request alone is decided once, before any row. */
export function rowCondition({ condition }: CompiledRule): Expression | undefined {
  return condition !== undefined && mentionsRow(condition) ? condition : undefined;
}

/** What must hold for a row after an update: a row cannot be handed out of one's own reach. */
export function updateCheck(rule: CompiledRule): Expression | undefined {
  return rule.check ?? rowCondition(rule);
}

/** Whether a rule lets a column be seen, or written. */
export function opensColumn({ columns }: CompiledRule, name: string): boolean {
  return columns === undefined || columns.includes(name);
}
