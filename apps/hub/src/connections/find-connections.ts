import { StkError } from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { connections } from '../store/tables/projects.ts';

export type Connection = typeof connections.$inferSelect;

/** An env's connections, newest first. */
export function findConnections(db: StoreDb, env: Pick<Env, 'id'>): Promise<Connection[]> {
  return db
    .select()
    .from(connections)
    .where(eq(connections.envId, env.id))
    .orderBy(desc(connections.createdAt), desc(connections.id));
}

/** The env's connection called `name`. @throws StkError `NOT_FOUND` */
export async function findConnection(db: StoreDb, env: Env, name: string): Promise<Connection> {
  const [found] = await db
    .select()
    .from(connections)
    .where(and(eq(connections.envId, env.id), eq(connections.name, name)));
  if (found === undefined)
    throw new StkError('NOT_FOUND', `The env "${env.name}" has no connection "${name}": set one first`);
  return found;
}
