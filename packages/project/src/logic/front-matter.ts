/** A file taken apart; `yaml` is undefined where the file has no front matter. */
export interface FrontMatter {
  /** Every line of it stands on the line that it has in the file. */
  readonly yaml: string | undefined;
  readonly body: string;
  /** The line of the file on which the body starts, from 1. */
  readonly bodyLine: number;
}

const FENCE = /^---[ \t]*$/;

/**
 * Takes the YAML between two lines of `---` at the top of a file off what follows.
 * @returns undefined where the second line is missing
 */
export function splitFrontMatter(content: string): FrontMatter | undefined {
  // Some editors put a mark of the byte order first.
  const text = (content.startsWith('\uFEFF') ? content.slice(1) : content).replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  if (!FENCE.test(lines[0] ?? '')) return { yaml: undefined, body: text, bodyLine: 1 };
  const end = lines.findIndex((line, index) => index > 0 && FENCE.test(line));
  if (end === -1) return undefined;
  return {
    yaml: `\n${lines.slice(1, end).join('\n')}\n`,
    body: lines.slice(end + 1).join('\n'),
    bodyLine: end + 2,
  };
}
