import type { LogItem } from '@santokit/contract';
import { printable } from './table-text.ts';

/** Told by the rest of the line. */
const LEADING = new Set(['id', 'ts', 'level', 'source', 'instanceId', 'msg', 'project', 'env']);

/** A line of a log: when, how bad, whose, what, and the rest by name. */
export function logText(item: LogItem): string {
  const rest = Object.entries(item)
    .filter(([name, value]) => !LEADING.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  const whose = item.instanceId ?? item.source;
  return printable([item.ts, item.level.padEnd(5), whose, item.msg, ...rest].join('  '));
}
