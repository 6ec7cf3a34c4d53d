import type { SqlParser } from './sql-parser.ts';

type Token = NonNullable<ReturnType<SqlParser['scan']>>[number];

/** A `:name` of a text; offsets are of bytes in UTF-8. */
export interface FoundParameter {
  /** What stands behind the colon: `quantity`, `auth.sub`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Those of which a part is named behind a dot. */
const WITH_PARTS = new Set(['auth', 'event', 'result']);

/**
 * Finds the parameters of a text: a colon with a name right behind it. Strings, comments, dollar-quoted bodies, quoted names, `::` and `:=`
 * are tokens of other kinds. `a[1:n]` is a slice: a colon behind an operand parts two of them. What is meant in `a[:n]` cannot be known;
 * it is taken for a parameter, and `a[ : n]` for a slice.
 */
export function findParameters(tokens: readonly Token[]): FoundParameter[] {
  const found: FoundParameter[] = [];
  const brackets: string[] = [];
  let previous: Token | undefined;
  for (const [index, token] of tokens.entries()) {
    if (isComment(token)) continue;
    const { text } = token;
    if (text === '[' || text === '(') brackets.push(text);
    else if (text === ']' || text === ')') brackets.pop();
    else if (text === ':' && !isOperand(previous, brackets.at(-1) === '[')) {
      const parameter = parameterAt(tokens, index);
      if (parameter !== undefined) found.push(parameter);
    }
    previous = token;
  }
  return found;
}

function parameterAt(tokens: readonly Token[], index: number): FoundParameter | undefined {
  const [colon, name, dot, part] = tokens.slice(index, index + 4);
  if (colon === undefined || name === undefined || !isNameAt(name, colon.end)) return undefined;
  const { start } = colon;
  const hasPart = WITH_PARTS.has(name.text) && dot?.text === '.' && dot.start === name.end;
  if (!hasPart || part === undefined || !isNameAt(part, dot.end)) return { name: name.text, start, end: name.end };
  return { name: `${name.text}.${part.text}`, start, end: part.end };
}

function isNameAt({ start, text }: Token, at: number): boolean {
  return start === at && /^[\p{L}_]/u.test(text) && !/['"]/.test(text);
}

/** Whether a value ends with the token, so that no other can begin behind it. */
function isOperand(token: Token | undefined, isInSubscript: boolean): boolean {
  if (token === undefined) return false;
  switch (token.tokenName) {
    case 'IDENT':
    case 'ICONST':
    case 'FCONST':
    case 'SCONST':
    case 'PARAM':
      return true;
    default:
      if (token.text === ')' || token.text === ']') return true;
      // Most words that are keywords somewhere are names elsewhere.
      return isInSubscript && token.keywordName !== 'NO_KEYWORD' && token.keywordName !== 'RESERVED_KEYWORD';
  }
}

function isComment({ tokenName }: Token): boolean {
  return tokenName === 'SQL_COMMENT' || tokenName === 'C_COMMENT';
}
