import type { CompiledRule, Table } from '@santokit/contract';
import { opensColumn } from '@santokit/policy';
import type { ParseContext } from './parse-context.ts';

/** What the caller may compare by is what they may select: a write's count would tell the rest. The key can always be named. */
export function readingRule(table: Table, context: ParseContext): CompiledRule {
  const rule = context.ruleOf(table.name, 'select') ?? { roles: [], columns: [] };
  const hidden = table.key.columns.filter((name) => !opensColumn(rule, name));
  const mask = Object.fromEntries(
    Object.entries(rule.mask ?? {}).filter(([name]) => !table.key.columns.includes(name)),
  );
  return { ...rule, ...(rule.columns === undefined ? {} : { columns: [...rule.columns, ...hidden] }), mask };
}
