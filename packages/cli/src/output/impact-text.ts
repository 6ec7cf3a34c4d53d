import type { ImpactEntry } from '@santokit/contract';
import type { Style } from './console.ts';
import { printable } from './table-text.ts';

type Paint = (style: Style, text: string) => string;

/** What a change opens and closes, a line for each role, table and operation; what opens stands out. */
export function impactText(paint: Paint, impact: readonly ImpactEntry[]): string {
  if (impact.length === 0) return 'Nobody may do more or less than before';
  return impact.map((entry) => entryText(paint, entry)).join('\n');
}

function entryText(paint: Paint, entry: ImpactEntry): string {
  const { role, callers, table, operation, columns } = entry;
  const kind = role === 'public' || role === 'authenticated' ? 'any' : callers;
  const who = { any: role, user: `${role} (end users)`, api_key: `${role} (API keys)` }[kind];
  const said = [
    rowsText(entry),
    ...columnsText('+', columns.opened),
    ...columnsText('-', columns.closed),
    ...entry.notes,
  ]
    .filter((part) => part !== '')
    .map(printable)
    .join('; ');
  const opens = (entry.rows?.opened ?? 0) > 0 || columns.opened.length > 0;
  const line = `${opens ? '+' : '-'} ${printable(who)}: ${table}.${operation}: ${said}`;
  return opens ? paint('yellow', line) : line;
}

function rowsText({ rows, uncounted, dependsOnCaller, operation }: ImpactEntry): string {
  if (uncounted !== undefined) return `rows not counted: ${uncounted}`;
  if (rows === null) return operation === 'insert' ? '' : 'the same rows';
  const depends = dependsOnCaller ? ', which of them depends on the caller' : '';
  return `${rows.opened} rows open, ${rows.closed} close (${rows.before} before, ${rows.after} after${depends})`;
}

function columnsText(sign: '+' | '-', names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`columns ${names.map((name) => sign + name).join(' ')}`];
}
