import { StkError } from '@santokit/contract';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { type Connection, findConnections } from './find-connections.ts';

/** The env's connections of these names. @throws StkError `BAD_REQUEST` naming those that the env does not have */
export async function requireConnections(db: StoreDb, env: Env, names: readonly string[]): Promise<Connection[]> {
  if (names.length === 0) return [];
  const found = (await findConnections(db, env)).filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !found.some((connection) => connection.name === name));
  if (missing.length === 0) return found;
  throw new StkError(
    'BAD_REQUEST',
    `The env "${env.name}" has no connection ${missing.map((name) => `"${name}"`).join(', ')}: set it with stk connections set`,
    { missing },
  );
}
