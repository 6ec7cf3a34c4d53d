/** An identifier for SQL text: always quoted, so that case, spaces and reserved words are kept (manual, section 4.1.1). */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0')) throw new TypeError('An identifier is neither empty nor holds NUL');
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A string literal for DDL, which takes no parameters. Holds for `standard_conforming_strings` on and off. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new TypeError('A literal does not hold NUL');
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** The default namespace of a connection. */
export const DEFAULT_SCHEMA = 'public';
