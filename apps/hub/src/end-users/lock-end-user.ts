import { and, eq, type SQL } from 'drizzle-orm';
import type { StoreDb } from '../store/store.ts';
import { endUsers } from '../store/tables/end-users.ts';
import type { EndUser } from './end-user.ts';
import type { EndUserPlace } from './end-user-place.ts';

/**
 * A user as they are now, locked until the transaction ends. Whoever gives tokens to a user or takes them away does this first: a token
 * that is given while all are taken away would else be missed, and one could be given to a user who was just disabled.
 * @returns undefined when there is no such user in the env
 */
export async function lockEndUser(
  tx: StoreDb,
  { envId }: Pick<EndUserPlace, 'envId'>,
  userId: string | SQL,
): Promise<EndUser | undefined> {
  const [user] = await tx
    .select()
    .from(endUsers)
    .where(and(eq(endUsers.id, userId), eq(endUsers.envId, envId)))
    .for('no key update')
    .prepare('lock_end_user')
    .execute();
  return user;
}
