import type { LogicLogLine } from '@santokit/contract';
import type { Console, Style } from './console.ts';
import { printable } from './table-text.ts';

const STYLES: Readonly<Record<LogicLogLine['level'], Style>> = {
  debug: 'dim',
  info: 'reset',
  warn: 'yellow',
  error: 'red',
};

/** A line that a function logged: how bad, whose, what, and its fields. */
export function logicLogText(line: LogicLogLine, { style }: Pick<Console, 'style'>): string {
  const fields = line.fields === undefined ? [] : [JSON.stringify(line.fields)];
  const text = [line.function, line.msg, ...fields].join('  ');
  return `${style(STYLES[line.level], line.level.padEnd(5))}  ${text.split('\n').map(printable).join('\n       ')}`;
}
