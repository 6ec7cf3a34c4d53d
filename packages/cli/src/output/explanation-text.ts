import type { PermissionsExplanation } from '@santokit/contract';
import { printable } from './table-text.ts';

/** What decides a call, a line for each part that there is. */
export function explanationText({
  decision,
  reason,
  rule,
  columns,
  predicate,
  check,
  sql,
}: PermissionsExplanation): string {
  const lines: [string, string | null][] = [
    ['decision', `${decision}: ${reason}`],
    ['rule', rule === null ? null : ruleText(rule)],
    ['columns', columns.length === 0 ? null : columns.join(', ')],
    ['rows', predicate],
    ['check', check],
    ['sql', sql],
  ];
  return lines.flatMap(([name, text]) => (text === null ? [] : printable(`${name.padEnd(9)} ${text}`))).join('\n');
}

function ruleText(rule: NonNullable<PermissionsExplanation['rule']>): string {
  const place = rule.at === null ? '' : ` (${rule.at.file}:${rule.at.line})`;
  return `${rule.table}.${rule.operation}[${rule.index}] for ${rule.roles.join(', ')}${place}`;
}
