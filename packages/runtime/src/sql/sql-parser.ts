import type { ScanToken } from 'libpg-query';

/** One statement of a text; offsets are of bytes in UTF-8. */
export interface ParsedStatement {
  readonly start: number;
  /** Undefined: to the end of the text. */
  readonly length: number | undefined;
  /** A node of PostgreSQL's parse tree: one member, named for its type. */
  readonly tree: ParseNode;
}

/** A part of a parse tree as libpg_query writes it in JSON. */
export type ParseNode = { readonly [name: string]: unknown };

/** What PostgreSQL says of a text that it cannot parse; `offset` counts characters (code points). */
export class SqlFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'SqlFault';
    this.offset = offset;
  }
}

/** PostgreSQL's own scanner and parser (libpg_query, compiled to WebAssembly). */
export interface SqlParser {
  /** The tokens, comments included; undefined where a string, a name or a comment has no end. */
  scan(text: string): readonly ScanToken[] | undefined;
  /** @throws SqlFault */
  parse(text: string): readonly ParsedStatement[];
}

/** Loads the parser; once for the process. */
export async function loadSqlParser(): Promise<SqlParser> {
  // Most programs that know logic never parse any.
  const library = await import('libpg-query');
  await library.loadModule();
  return { scan: (text) => scan(library, text), parse: (text) => parse(library, text) };
}

type Library = typeof import('libpg-query');

function scan({ scanSync }: Library, text: string): readonly ScanToken[] | undefined {
  try {
    return scanSync(text).tokens;
  } catch {
    // It has no form for the error that it met; `parse` does.
    return undefined;
  }
}

function parse({ hasSqlDetails, parseSync }: Library, text: string): readonly ParsedStatement[] {
  try {
    return (parseSync(text).stmts ?? []).map(({ stmt_location, stmt_len, stmt }) => ({
      start: stmt_location ?? 0,
      length: stmt_len === 0 ? undefined : stmt_len,
      tree: stmt as unknown as ParseNode,
    }));
  } catch (thrown) {
    if (hasSqlDetails(thrown)) throw new SqlFault(thrown.message, thrown.sqlDetails?.cursorPosition ?? 0);
    throw new SqlFault('The SQL cannot be parsed', 0);
  }
}
