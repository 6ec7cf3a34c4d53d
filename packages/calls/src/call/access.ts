import { type CompiledPermissions, type CompiledRule, type Principal, TABLE_OPERATIONS } from '@santokit/contract';
import { chosenRule, type RuleChoice } from '@santokit/policy';
import { LRUCache } from 'lru-cache';

/** Which rule decides for a caller, table by table. Callers for whom the same rules decide share one `Access`, and so their plans. */
export interface Access extends RuleChoice {
  readonly id: number;
}

/** Combinations of roles that are remembered; the rest are worked out again. */
const MOST_ROLE_SETS = 1_000;

/** Finds the `Access` of a principal. First role match wins, whatever the rule's condition says. */
export class AccessTable {
  readonly #tables: CompiledPermissions['tables'];
  readonly #byPrincipal = new WeakMap<Principal, Access>();
  readonly #byRoles = new LRUCache<string, Access>({ max: MOST_ROLE_SETS });
  readonly #byRules = new LRUCache<string, Access>({ max: MOST_ROLE_SETS });
  #nextId = 0;

  constructor(tables: CompiledPermissions['tables']) {
    this.#tables = tables;
  }

  of(principal: Principal): Access {
    const known = this.#byPrincipal.get(principal);
    if (known !== undefined) return known;
    const roles = JSON.stringify([principal.type, principal.roles.toSorted()]);
    const access = this.#byRoles.get(roles) ?? this.#work(principal);
    this.#byRoles.set(roles, access);
    this.#byPrincipal.set(principal, access);
    return access;
  }

  #work(principal: Principal): Access {
    const rules = new Map<string, CompiledRule>();
    let signature = '';
    for (const [table, permissions] of Object.entries(this.#tables))
      for (const operation of TABLE_OPERATIONS) {
        const index = chosenRule(permissions[operation] ?? [], principal);
        const rule = permissions[operation]?.[index];
        if (rule !== undefined) rules.set(`${operation} ${table}`, rule);
        signature += `${index},`;
      }
    const access = this.#byRules.get(signature) ?? {
      id: this.#nextId++,
      ruleOf: (table, operation) => rules.get(`${operation} ${table}`),
    };
    this.#byRules.set(signature, access);
    return access;
  }
}
