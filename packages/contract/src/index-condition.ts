const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--|\/\*|::|<>|!=|<=|>=|[a-z_][\w$]*|\d+(?:\.\d+)?|\s+|./giu;

/** The words, strings and signs of an expression in SQL; of a string that does not end the quote alone. */
export function sqlTokens(text: string): string[] {
  return (text.match(TOKEN) ?? []).filter((token) => token.trim() !== '');
}

/** Whether the condition of an index is one expression and no more: it stands unquoted in DDL, inside parentheses that it must not leave. */
export function isOneExpression(where: string): boolean {
  // Strings with backslash escapes end elsewhere than the plain ones that are known here.
  if (/(^|[^\w$])(e'|u&)/i.test(where) || where.trim() === '' || where.includes('\0')) return false;
  let depth = 0;
  for (const token of sqlTokens(where)) {
    if (token === '(' || token === '[') depth++;
    if ((token === ')' || token === ']') && --depth < 0) return false;
    if (ENDINGS.includes(token)) return false;
  }
  return depth === 0;
}

const ENDINGS: readonly string[] = [';', '$', "'", '"', '--', '/*'];
