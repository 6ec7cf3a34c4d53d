import { isOneExpression, StkError, sqlTokens } from '@santokit/contract';

/**
 * Whether a predicate as written and one as the server prints it are the same up to casts, parentheses, spaces, quotes and
 * case. A predicate that the server rewrites further (`IN` becomes `= ANY`) is told apart by its index's name instead.
 */
export function samePredicate(written: string, live: string): boolean {
  return written.trim() === live.trim() || normalised(written) === normalised(live);
}

/**
 * Refuses a predicate that is more than one expression.
 * @throws StkError `BAD_REQUEST`
 */
export function checkPredicate(where: string): string {
  if (!isOneExpression(where)) throw invalid(where);
  return where.trim();
}

/** One text for all spellings: OR, AND and NOT keep their structure, what they join is compared without parentheses. */
function normalised(text: string): string {
  return booleanForm(sqlTokens(text));
}

function booleanForm(list: readonly string[]): string {
  const inner = withoutOuterParentheses(list);
  for (const operator of ['or', 'and']) {
    const parts = splitAt(inner, operator);
    if (parts.length > 1) return `${operator}(${parts.map(booleanForm).join(', ')})`;
  }
  return inner[0]?.toLowerCase() === 'not' ? `not(${booleanForm(inner.slice(1))})` : operandForm(inner);
}

function operandForm(list: readonly string[]): string {
  const kept: string[] = [];
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

/** Splits at a key word outside parentheses; the AND of a BETWEEN joins nothing. */
function splitAt(list: readonly string[], operator: string): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  let isBetween = false;
  for (const token of list) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    const word = depth === 0 ? token.toLowerCase() : '';
    if (word === operator && !(isBetween && word === 'and')) parts.push([]);
    else parts.at(-1)?.push(token);
    if (word === 'between' || word === 'and') isBetween = word === 'between';
  }
  return parts;
}

function withoutOuterParentheses(list: readonly string[]): readonly string[] {
  if (list[0] !== '(') return list;
  let depth = 0;
  for (const [index, token] of list.entries()) {
    if (token === '(') depth++;
    if (token === ')' && --depth === 0)
      return index === list.length - 1 ? withoutOuterParentheses(list.slice(1, -1)) : list;
  }
  return list;
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
