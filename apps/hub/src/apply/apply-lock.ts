import { StkError } from '@santokit/contract';
import { withSession } from '@santokit/engine';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';

/**
 * Runs one apply of an env at a time, over all instances of the Hub. The lock is held by a connection of its own, so that applies that
 * run starve nobody, and none that was lost is used again.
 * @throws StkError `CONFLICT` while another one runs
 */
export async function withApplyLock<T>(
  { store }: Pick<Deps, 'store'>,
  env: Pick<Env, 'id' | 'name'>,
  apply: () => Promise<T>,
): Promise<T> {
  return await withSession(store.sql, async (session) => {
    const name = [`apply/${env.id}`];
    const [row] = await session.run<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      name,
    );
    if (row?.taken !== true)
      throw new StkError('CONFLICT', `Another apply of the env "${env.name}" is running: try again when it is done`);
    try {
      return await apply();
    } finally {
      // The lock of a session that was lost is gone with it; what became of the apply is what matters.
      await session.run('select pg_advisory_unlock(hashtextextended($1, 0))', name).catch(() => undefined);
    }
  });
}
