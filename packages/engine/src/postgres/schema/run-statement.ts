import type { ReservedSql, TransactionSql } from 'postgres';

/**
 * Runs one statement and answers its rows as lists of values. It goes by the extended protocol, which takes exactly one statement:
 * by the simple one a text could hold several.
 */
export async function runStatement(
  sql: ReservedSql | TransactionSql,
  statement: string,
): Promise<readonly unknown[][]> {
  const options = { prepare: false, simple: false } as object;
  return (await sql.unsafe(statement, [], options).values()) as unknown as unknown[][];
}
