import type { SqlParser } from './sql-parser.ts';

/** A statement without its comments, so that what does the same has the same hash. Hints for the planner, which begin with a plus, stay. */
export function withoutComments(text: string, parser: SqlParser): string {
  const bytes = Buffer.from(text);
  let result = '';
  let from = 0;
  for (const { tokenName, start, end, text: comment } of parser.scan(text) ?? []) {
    if ((tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT') || comment.startsWith('/*+')) continue;
    result += `${bytes.subarray(from, start).toString()} `;
    from = end;
  }
  return (result + bytes.subarray(from).toString()).trim();
}
