import { type Problem, StkError } from '@santokit/contract';
import type { Located } from '@santokit/project';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { type Connection, findConnections } from './find-connections.ts';

/**
 * The env's connections of these names.
 * @param namedAt where files name them
 * @throws StkError `BAD_REQUEST` naming those that the env does not have, and where they are named
 */
export async function requireConnections(
  db: StoreDb,
  env: Env,
  { names, namedAt = [] }: { readonly names: readonly string[]; readonly namedAt?: readonly Located[] },
): Promise<Connection[]> {
  if (names.length === 0) return [];
  const found = (await findConnections(db, env)).filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !found.some((connection) => connection.name === name));
  if (missing.length === 0) return found;
  const problems = namedAt
    .filter(({ value }) => missing.includes(value))
    .map(({ value, ...at }): Problem => ({ ...at, message: `The env has no connection "${value}"` }));
  throw new StkError(
    'BAD_REQUEST',
    `The env "${env.name}" has no connection ${missing.map((name) => `"${name}"`).join(', ')}: set it with stk connections set`,
    { missing, ...(problems.length === 0 ? {} : { problems }) },
  );
}
