import { type SQL, sql } from 'drizzle-orm';

/** A call of a function that the Hub's database has, with a placeholder of each name as its arguments in this order. */
export function functionCall(name: string, parameters: readonly string[]): SQL {
  const placeholders = parameters.map((parameter) => sql.placeholder(parameter));
  return sql`${sql.identifier(name)}(${sql.join(placeholders, sql`, `)})`;
}
