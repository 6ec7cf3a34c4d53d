import { StkError } from '@santokit/contract';

/**
 * Whether a predicate as written and one as the server prints it are the same up to casts, parentheses, spaces, quotes and
 * case. A predicate that the server rewrites further (`IN` becomes `= ANY`) is told apart by its index's name instead.
 */
export function samePredicate(written: string, live: string): boolean {
  return written.trim() === live.trim() || normalised(written) === normalised(live);
}

/**
 * Refuses a predicate that is more than one expression: it stands unquoted in DDL, inside parentheses that it must not leave.
 * @throws StkError `BAD_REQUEST`
 */
export function checkPredicate(where: string): string {
  let depth = 0;
  // Strings with backslash escapes end elsewhere than the plain ones that are known here.
  if (/(^|[^\w$])(e'|u&)/i.test(where)) throw invalid(where);
  for (const token of tokens(where)) {
    if (token === '(' || token === '[') depth++;
    if ((token === ')' || token === ']') && --depth < 0) throw invalid(where);
    if (
      token === ';' ||
      token === '$' ||
      token === "'" ||
      token === '"' ||
      token.startsWith('--') ||
      token.startsWith('/*')
    )
      throw invalid(where);
  }
  if (depth !== 0 || where.trim() === '' || where.includes('\0')) throw invalid(where);
  return where.trim();
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--|\/\*|::|<>|!=|<=|>=|[a-z_][\w$]*|\d+(?:\.\d+)?|\s+|./giu;

function tokens(text: string): string[] {
  return (text.match(TOKEN) ?? []).filter((token) => token.trim() !== '');
}

function normalised(text: string): string {
  const kept: string[] = [];
  const list = tokens(text);
  for (let index = 0; index < list.length; index++) {
    const token = list[index] ?? '';
    if (token === '(' || token === ')') continue;
    if (token === '::') {
      index = endOfType(list, index + 1) - 1;
      continue;
    }
    kept.push(token === '!=' ? '<>' : plain(token));
  }
  return kept.join(' ');
}

/** Behind the type of a cast: one word, or a known name of several, then modifiers and brackets. */
function endOfType(list: readonly string[], start: number): number {
  let end = start + 1;
  while (/^(varying|precision|with|without|time|zone|\.)$/i.test(list[end] ?? '') || list[end - 1] === '.') end++;
  if (list[end] === '(' && /^\d+$/.test(list[end + 1] ?? '')) end = list.indexOf(')', end) + 1;
  while (list[end] === '[' && list[end + 1] === ']') end += 2;
  return end;
}

function plain(token: string): string {
  if (token.startsWith("'")) return token;
  if (/^"[a-z_][a-z0-9_]*"$/.test(token)) return token.slice(1, -1);
  return token.startsWith('"') ? token : token.toLowerCase();
}

function invalid(where: string): StkError {
  const shown = JSON.stringify(where.slice(0, 100));
  return new StkError('BAD_REQUEST', `Invalid index predicate ${shown}: write one SQL expression, without comments`);
}
