import { StkError } from '@santokit/contract';
import type { Env } from '../access/locate.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { lockEndUser } from '../end-users/lock-end-user.ts';
import type { StoreDb } from '../store/store.ts';

/** The end user of an env, locked until the transaction ends. @throws StkError `NOT_FOUND` */
export async function requireUser(tx: StoreDb, env: Env, id: string): Promise<EndUser> {
  const user = await lockEndUser(tx, { envId: env.id }, id);
  if (user === undefined) throw unknownUser(env, id);
  return user;
}

export function unknownUser(env: Env, id: string): StkError {
  return new StkError('NOT_FOUND', `The env "${env.name}" has no user "${id}"`);
}
