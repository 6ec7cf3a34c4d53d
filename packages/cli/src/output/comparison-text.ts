import type { Comparison, Difference } from '@santokit/contract';
import type { Style } from './console.ts';
import { printable } from './table-text.ts';

type Paint = (style: Style, text: string) => string;

/** What differs between two releases in words, section by section: one line for what came or went, two for what changed. */
export function comparisonText(paint: Paint, { from, to, same, sections }: Comparison): string {
  const head = `${sideText(from)} -> ${sideText(to)}`;
  if (same) return `${printable(head)}\nNo difference`;
  const differing = sections.filter(({ differences }) => differences.length > 0);
  const blocks = differing.map(({ section, differences }) =>
    [`${section}:`, ...differences.flatMap((difference) => differenceLines(paint, section, difference))].join('\n'),
  );
  const alike = sections.filter(({ differences }) => differences.length === 0).map(({ section }) => section);
  return [printable(head), ...blocks, ...(alike.length === 0 ? [] : [`no difference in ${alike.join(', ')}`])].join(
    '\n',
  );
}

function sideText({ env, releaseId, ref }: Comparison['from']): string {
  return `${env === null ? '' : `${env} `}${releaseId} (${ref})`;
}

function differenceLines(paint: Paint, section: string, { path, change, before, after }: Difference): string[] {
  const place = printable(path.slice(section.length + 2));
  const value = (shown: unknown) => printable(typeof shown === 'string' ? shown : JSON.stringify(shown));
  switch (change) {
    case 'added':
      return [paint('green', `  + ${place}: ${value(after)}`)];
    case 'removed':
      return [paint('red', `  - ${place}: ${value(before)}`)];
    case 'changed':
      return [`  ~ ${place}`, paint('red', `      - ${value(before)}`), paint('green', `      + ${value(after)}`)];
  }
}
