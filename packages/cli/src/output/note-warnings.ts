import type { Console } from './console.ts';
import { printable } from './table-text.ts';

/** Tells on standard error what the Hub warns of, a line each. */
export function noteWarnings({ note, style }: Console, warnings: readonly string[]): void {
  for (const warning of warnings) note(`${style('yellow', 'warning:')} ${printable(warning)}`);
}
